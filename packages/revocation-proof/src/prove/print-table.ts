import { describeKey } from '../history/describe-key.ts';
import type { Outcome } from '../history/history.ts';
import { isSuccess } from '../history/history-index.ts';
import { showOutcomes } from './judge-tally.ts';
import type { RoundResult } from './round.ts';
import { countOf, quantile, type Tally } from './tally.ts';

const headings = [
  'row',
  'fault',
  'rounds',
  'revoked',
  'sent after',
  'stale',
  'false denials',
  'lost',
  'risen',
  'ack p50',
  'p99',
  'p100 ms',
  'streams p100',
  'over limit',
  'live keys not 200',
];

/** Violations of one kind in a round that are printed in full; of further ones only the number. */
const excerptsPerKindMax = 1;

/** The course of a round, and an excerpt for each kind of violation. */
export function roundLines(round: RoundResult): string[] {
  const { fault, history, violations } = round;
  const misses = new Map<Outcome, number>();
  for (const { outcome } of round.missedCalls) misses.set(outcome, (misses.get(outcome) ?? 0) + 1);
  const line = `${fault.id}: ${round.revocations.length} revoked, ${round.planChanges.length} plan changes, ${history.calls.length} requests in ${(round.tookMs / 1_000).toFixed(1)} s, misses ${showOutcomes(misses)}`;
  const excerpts = [...Map.groupBy(violations, ({ kind }) => kind)].flatMap(([kind, all]) => [
    `  ${all.length} × ${kind}`,
    ...all.slice(0, excerptsPerKindMax).flatMap(({ keyId, what }) => [
      `  ${keyId}: ${what}`,
      // For hundreds of requests over the limit, their number is enough.
      ...(kind === 'over_admission' ? [] : describeKey(history, keyId).map((text) => `    ${text}`)),
    ]),
  ]);
  return [line, ...excerpts];
}

/** One line for each fault, under one line of headings; numbers to the right. */
export function tableLines(tallies: readonly Tally[], skipped: ReadonlyMap<string, string>): string[] {
  const rows = [headings, ...tallies.map(cells)];
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  );
  return [...lines, ...[...skipped].map(([id, reason]) => `${id} skipped: ${reason}`)];
}

function cells(tally: Tally): string[] {
  const { fault, acknowledgedMs, cutsMs, knownOutcomes } = tally;
  const known = [...knownOutcomes];
  const sum = (entries: readonly (readonly [unknown, number])[]): number =>
    entries.reduce((total, [, times]) => total + times, 0);
  const notServed = sum(known.filter(([outcome]) => !isSuccess(outcome)));
  return [
    fault.id,
    fault.what,
    `${tally.rounds}`,
    `${tally.revocations}`,
    `${tally.sentAfter}`,
    `${countOf(tally, 'stale_admit', 'late_forward')}`,
    `${countOf(tally, 'false_denial')}`,
    `${countOf(tally, 'lost_revocation', 'late_revocation')}`,
    `${countOf(tally, 'resurrection')}`,
    showMs(quantile(acknowledgedMs, 0.5)),
    showMs(quantile(acknowledgedMs, 0.99)),
    showMs(quantile(acknowledgedMs, 1)),
    showMs(quantile(cutsMs, 1)),
    tally.limitsMet === 0 ? '-' : `${tally.overAdmission}`,
    `${notServed} of ${sum(known)}`,
  ];
}

function showMs(value: number | undefined): string {
  if (value === undefined) return '-';
  return value === Number.POSITIVE_INFINITY ? 'never' : value.toFixed(value < 10 ? 1 : 0);
}
