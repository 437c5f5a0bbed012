import { setTimeout as delay } from 'node:timers/promises';
import { readAccount, watchResidentBytes } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import type { Counts, Row } from './rows.ts';
import type { Ground } from './start-ground.ts';

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface RowResult extends Latencies {
  readonly row: Row;
  readonly grownMiB: number;
  readonly lookUps: number;
  readonly lookUpsMax: number;
  readonly attackSeconds: number;
  readonly described: string;
  readonly complaints: readonly string[];
}

interface Window {
  readonly gateway: Latency;
  readonly control: Latency;
  /** The share of a core that the gateway took. */
  readonly busy: number;
}

/**
 * Milliseconds after which an attack has no more effect: by then most of the memory of a burst has been given back
 * (favour-memory.ts).
 */
const afterglowMs = 9_000;
const afterglowShortMs = 1_500;
const quietSeconds = 5;
const quietSecondsShort = 2.5;
const deadlineMs = 30_000;
/** Seconds, from key-directory.ts: a known key in use is looked up again at this age, at the earliest. */
const renewalEverySeconds = 30;
const ratioMax = 2;
const grownMiBMax = 30;

export interface Measuring {
  /** Bytes that the gateway holds with good callers alone. */
  readonly idleBytes: number;
  /** The number of pairs of a quiet and a pressed window. */
  readonly pairs: number;
  /** The number of pairs when the latencies fail. */
  readonly pairsMax: number;
  readonly isShort: boolean;
}

/** The results of a row so far. */
interface Tally {
  readonly quiet: Window[];
  readonly pressed: Window[];
  counts: Counts;
  lookUps: number;
  seconds: number;
  mostBytes: number;
}

export async function measureRow(
  row: Row,
  ground: Ground,
  { idleBytes, pairs, pairsMax, isShort }: Measuring,
): Promise<RowResult> {
  const failedBefore = await failedCalls(ground);
  const tally: Tally = { quiet: [], pressed: [], counts: {}, lookUps: 0, seconds: 0, mostBytes: 0 };
  do await measurePair(row, ground, tally, isShort);
  while (
    tally.pressed.length < pairs ||
    (tally.pressed.length < pairsMax && [...slowness(latenciesOf(tally))].length > 0)
  );
  const { counts, lookUps, seconds, mostBytes } = tally;
  const renewals = ground.goodKeys.length * (tally.pressed.length + Math.ceil(seconds / renewalEverySeconds));
  const result = {
    row,
    ...latenciesOf(tally),
    grownMiB: (mostBytes - idleBytes) / 2 ** 20,
    lookUps,
    lookUpsMax: row.lookUpsMax({ count: tally.pressed.length, seconds, counts }) + renewals,
    attackSeconds: seconds,
    described: row.describe(counts, seconds),
  };
  const failed = (await failedCalls(ground)) - failedBefore;
  return { ...result, complaints: [...complaintsAbout(result, counts), ...(await afterwards(ground, failed))] };
}

async function measurePair(row: Row, ground: Ground, tally: Tally, isShort: boolean): Promise<void> {
  tally.quiet.push(await measureWindow(ground, isShort ? quietSecondsShort : quietSeconds));
  const lookUpsBefore = await ground.metric('gateway_introspections_total');
  const startedAtMs = performance.now();
  const stopWatching = watchResidentBytes(ground.gateway.running.pid);
  await ground.attack.begin(row.task(ground));
  tally.pressed.push(await measureWindow(ground, isShort ? row.secondsShort : row.seconds));
  tally.counts = added(tally.counts, (await ground.attack.end()).counts);
  tally.mostBytes = Math.max(tally.mostBytes, stopWatching());
  tally.seconds += (performance.now() - startedAtMs) / 1_000;
  await delay(isShort ? afterglowShortMs : afterglowMs);
  tally.lookUps += (await ground.metric('gateway_introspections_total')) - lookUpsBefore;
}

interface Latencies {
  /** The median of the windows. */
  readonly quiet: Latency;
  readonly pressed: Latency;
  /** The latency of the pressed window divided by that of the quiet one, as the median of all pairs. */
  readonly ratio: Latency;
  /** The same ratio of the control, which shows the effect of the machine. */
  readonly controlRatio: Latency;
  /** The share of a core that the gateway took, as the median. */
  readonly busy: { readonly quiet: number; readonly pressed: number };
}

function latenciesOf({ quiet, pressed }: Tally): Latencies {
  return {
    quiet: middleOf(quiet.map(({ gateway }) => gateway)),
    pressed: middleOf(pressed.map(({ gateway }) => gateway)),
    ratio: ratioOf(quiet, pressed, 'gateway'),
    controlRatio: ratioOf(quiet, pressed, 'control'),
    busy: { quiet: middle(quiet.map(({ busy }) => busy)), pressed: middle(pressed.map(({ busy }) => busy)) },
  };
}

/** A slowness that the control shows as well comes from the machine and not from the gateway. */
function* slowness({ ratio, controlRatio }: Latencies): Generator<string> {
  for (const which of ['p50Ms', 'p99Ms'] as const)
    if (ratio[which] > ratioMax * Math.max(1, controlRatio[which]))
      yield `good requests took ${ratio[which].toFixed(1)} times as long (${which.slice(0, 3)})`;
}

function* complaintsAbout(result: Omit<RowResult, 'complaints'>, counts: Counts): Generator<string> {
  const { row, grownMiB, lookUps, lookUpsMax } = result;
  yield* slowness(result);
  if (grownMiB > grownMiBMax) yield `the gateway grew by ${grownMiB.toFixed(0)} MiB`;
  if (lookUps > lookUpsMax) yield `the authority was asked ${lookUps} times`;
  const complaint = row.complaint(counts);
  if (complaint !== undefined) yield complaint;
}

async function afterwards(ground: Ground, failedGoodCalls: number): Promise<readonly string[]> {
  const complaints: string[] = [];
  if (failedGoodCalls > 0) complaints.push(`${failedGoodCalls} good requests were not answered 200`);
  const { unidentified, credentials } = await ground.upstream.figures();
  if (unidentified + credentials > 0) complaints.push('the upstream saw an unknown key or a credential');
  const isReady = async () => (await fetch(`${ground.gateway.address('admin')}/readyz`)).ok;
  await waitFor(isReady, { deadlineMs, what: 'a gateway that is ready' }).catch(() =>
    complaints.push('the gateway was not ready afterwards'),
  );
  return complaints;
}

export async function measureWindow({ good, gateway }: Ground, seconds: number): Promise<Window> {
  const { pid } = gateway.running;
  await good.take();
  const before = { ...readAccount(pid), atMs: performance.now() };
  await delay(seconds * 1_000);
  const busy = (readAccount(pid).cpuUs - before.cpuUs) / ((performance.now() - before.atMs) * 1_000);
  const { gatewayMs = [], controlMs = [] } = await good.take();
  return { gateway: latencyOf(gatewayMs), control: latencyOf(controlMs), busy };
}

async function failedCalls({ good }: Ground): Promise<number> {
  const { counts } = await good.take();
  return Object.entries(counts).reduce((sum, [name, count]) => sum + (name.startsWith('failed') ? count : 0), 0);
}

function latencyOf(samples: readonly number[]): Latency {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

function ratioOf(quiet: readonly Window[], pressed: readonly Window[], whose: 'gateway' | 'control'): Latency {
  return middleOf(
    pressed.map((window, index) => {
      const before = quiet[index]?.[whose];
      return {
        p50Ms: window[whose].p50Ms / (before?.p50Ms ?? Number.NaN),
        p99Ms: window[whose].p99Ms / (before?.p99Ms ?? Number.NaN),
      };
    }),
  );
}

function middleOf(latencies: readonly Latency[]): Latency {
  return {
    p50Ms: middle(latencies.map(({ p50Ms }) => p50Ms)),
    p99Ms: middle(latencies.map(({ p99Ms }) => p99Ms)),
  };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const last = sorted.length - 1;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.floor(last / 2)], sorted[Math.ceil(last / 2)]];
  return (low + high) / 2;
}

function added(one: Counts, other: Counts): Counts {
  const sums: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other))
    sums[name] = /longest|at once/.test(name) ? Math.max(sums[name] ?? 0, count) : (sums[name] ?? 0) + count;
  return sums;
}
