import type { History } from './history.ts';
import { showOutcome } from './history-index.ts';

const linesMax = 40;

/** Every event of one key and every fault meanwhile, a line each, in order. */
export function describeKey(history: History, keyId: string): string[] {
  const key = history.keys.find((each) => each.keyId === keyId);
  const arrivals = new Map(history.arrivals.map(({ nonce, atMs }) => [nonce, atMs]));
  const events: { readonly atMs: number; readonly text: string }[] = [...history.notes];
  if (key !== undefined) events.push({ atMs: key.acknowledgedAtMs, text: `created in ${key.organizationId}` });
  for (const { sentAtMs, acknowledgedAtMs } of history.revocations.filter((each) => each.keyId === keyId)) {
    events.push({ atMs: sentAtMs, text: 'DELETE sent' });
    if (acknowledgedAtMs !== undefined) events.push({ atMs: acknowledgedAtMs, text: 'DELETE acknowledged' });
  }
  for (const change of history.planChanges.filter(({ organizationId }) => organizationId === key?.organizationId)) {
    events.push({ atMs: change.sentAtMs, text: `plan ${change.plan} sent` });
    if (change.acknowledgedAtMs !== undefined)
      events.push({ atMs: change.acknowledgedAtMs, text: `plan ${change.plan} acknowledged` });
  }
  for (const call of history.calls.filter((each) => each.keyId === keyId)) {
    const arrivedAtMs = arrivals.get(call.nonce);
    const arrived = arrivedAtMs === undefined ? '' : `, at the upstream ${time(arrivedAtMs)}`;
    const text = `${call.nonce} to gateway ${call.gateway}: ${showOutcome(call.outcome)} at ${time(call.endedAtMs)}${arrived}`;
    events.push({ atMs: call.sentAtMs, text });
  }
  for (const stream of history.streams.filter((each) => each.keyId === keyId)) {
    events.push({ atMs: stream.sentAtMs, text: `stream from gateway ${stream.gateway} opened` });
    if (stream.endedAtMs !== undefined)
      events.push({ atMs: stream.endedAtMs, text: `stream from gateway ${stream.gateway} ended` });
  }
  const lines = events.toSorted((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${time(atMs)} ${text}`);
  if (lines.length <= linesMax) return lines;
  const half = linesMax / 2;
  return [...lines.slice(0, half), `… ${lines.length - linesMax} more …`, ...lines.slice(-half)];
}

function time(atMs: number): string {
  return atMs.toFixed(1);
}
