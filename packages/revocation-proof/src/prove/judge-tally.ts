import { streamCutMs } from '../history/check-streams.ts';
import type { Outcome } from '../history/history.ts';
import { showOutcome } from '../history/history-index.ts';
import { countOf, quantile, type Tally } from './tally.ts';

/** One promise of one row, kept or not. */
export interface Check {
  readonly kept: boolean;
  readonly promise: string;
  /** The observation, when the promise was not kept. */
  readonly seen: string;
}

const missMs = 250;

export interface JudgeOptions {
  /**
   * Whether promises about times are judged too. A machine with other work breaks those without a fault of the product;
   * the table shows the measured times in any case.
   */
  readonly timed: boolean;
}

/** The verdict on every promise of a row. A promise about an event that did not happen in the run is left out. */
export function judgeTally(tally: Tally, { timed }: JudgeOptions): readonly Check[] {
  const { knownKeysUnaffected } = tally.fault.promises;
  return [
    ...judgeDecisions(tally),
    ...(knownKeysUnaffected === true || (timed && knownKeysUnaffected === 'if_quick') ? judgeOutage(tally) : []),
    ...(timed ? judgeTimes(tally) : []),
  ];
}

function judgeDecisions(tally: Tally): Check[] {
  const none = (promise: string, count: number): Check => ({ kept: count === 0, promise, seen: `${count}` });
  const { overAdmissionMax = 0 } = tally.fault.promises;
  return [
    none('no stale admits', countOf(tally, 'stale_admit', 'late_forward')),
    none('no false denials of live keys', countOf(tally, 'false_denial')),
    none('no lost revocations', countOf(tally, 'lost_revocation', 'late_revocation')),
    none('no resurrections', countOf(tally, 'resurrection')),
    none('no lost creations', countOf(tally, 'lost_creation')),
    none('no other identity at the upstream', countOf(tally, 'wrong_identity')),
    none('every revocation and plan change is acknowledged', tally.unacknowledged),
    none('it heals', tally.unhealed),
    { kept: tally.endedServices.length === 0, promise: 'every service runs on', seen: `${tally.endedServices} ended` },
    ...(tally.limitsMet === 0
      ? []
      : [
          {
            kept: tally.overAdmission <= overAdmissionMax,
            promise: `at most ${overAdmissionMax} over the limit`,
            seen: `${tally.overAdmission}`,
          },
        ]),
  ];
}

function judgeTimes({ fault, acknowledgedMs, cutsMs, missesMs }: Tally): Check[] {
  const { acknowledgedWithinMs, acknowledgedMs: bounds, knownKeysUnaffected } = fault.promises;
  return [
    ...atMost(`answers in progress end within ${streamCutMs} ms`, cutsMs, 1, streamCutMs),
    ...(bounds === undefined
      ? []
      : [
          ...atMost(`acknowledged within ${bounds.p50} ms (p50)`, acknowledgedMs, 0.5, bounds.p50),
          ...atMost(`acknowledged within ${bounds.p99} ms (p99)`, acknowledgedMs, 0.99, bounds.p99),
        ]),
    ...(acknowledgedWithinMs === undefined
      ? []
      : atMost(`acknowledged within ${acknowledgedWithinMs} ms (p100)`, acknowledgedMs, 1, acknowledgedWithinMs)),
    ...(knownKeysUnaffected === undefined
      ? []
      : atMost(`misses are answered within ${missMs} ms`, missesMs, 1, missMs)),
  ];
}

function judgeOutage({ knownOutcomes, missOutcomes, refusals }: Tally): Check[] {
  return [
    only('known keys are 200', knownOutcomes, [200]),
    only('misses are 200 or 503', missOutcomes, [200, 503]),
    only('a DELETE that is not acknowledged is 503', refusals, [503]),
  ];
}

function atMost(promise: string, values: readonly number[], share: number, maxMs: number): Check[] {
  const value = quantile(values, share);
  return value === undefined ? [] : [{ kept: value <= maxMs, promise, seen: `${value.toFixed(0)} ms` }];
}

function only(promise: string, outcomes: ReadonlyMap<Outcome, number>, allowed: readonly Outcome[]): Check {
  const others = [...outcomes].filter(([outcome]) => !allowed.includes(outcome));
  return { kept: others.length === 0, promise, seen: showOutcomes(new Map(others)) };
}

export function showOutcomes(outcomes: ReadonlyMap<Outcome, number>): string {
  return [...outcomes].map(([outcome, times]) => `${times} × ${showOutcome(outcome)}`).join(', ');
}
