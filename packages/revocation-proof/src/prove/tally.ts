import type { Fault } from '../faults/fault.ts';
import { countWindows } from '../history/check-limits.ts';
import type { Outcome } from '../history/history.ts';
import { isSuccess } from '../history/history-index.ts';
import type { ViolationKind } from '../history/violation.ts';
import { quota, type RoundResult } from './round.ts';

/** The results of all rounds of one fault. */
export interface Tally {
  readonly fault: Fault;
  rounds: number;
  revocations: number;
  unacknowledged: number;
  planChanges: number;
  /** Requests of revoked keys that were sent after the acknowledgement. */
  sentAfter: number;
  readonly violations: Map<ViolationKind, number>;
  unhealed: number;
  /** Services that ended by themselves. */
  readonly endedServices: string[];
  readonly acknowledgedMs: number[];
  readonly cutsMs: number[];
  /** The most admissions of a key beyond its quota in a window. */
  overAdmission: number;
  /** Windows in which a key met its limit. */
  limitsMet: number;
  readonly knownOutcomes: Map<Outcome, number>;
  readonly missOutcomes: Map<Outcome, number>;
  readonly missesMs: number[];
  readonly refusals: Map<Outcome, number>;
}

export function createTally(fault: Fault): Tally {
  return {
    fault,
    rounds: 0,
    revocations: 0,
    unacknowledged: 0,
    planChanges: 0,
    sentAfter: 0,
    violations: new Map(),
    unhealed: 0,
    endedServices: [],
    acknowledgedMs: [],
    cutsMs: [],
    overAdmission: 0,
    limitsMet: 0,
    knownOutcomes: new Map(),
    missOutcomes: new Map(),
    missesMs: [],
    refusals: new Map(),
  };
}

export function addRound(tally: Tally, round: RoundResult): void {
  const { history } = round;
  const acknowledgedAtMs = new Map(history.revocations.map((each) => [each.keyId, each.acknowledgedAtMs ?? Infinity]));
  tally.rounds += 1;
  tally.planChanges += round.planChanges.length;
  tally.sentAfter += history.calls.filter(
    (call) => call.sentAtMs > (acknowledgedAtMs.get(call.keyId) ?? Infinity),
  ).length;
  for (const { kind } of round.violations) count(tally.violations, kind);
  if (history.healthyFromMs === undefined) tally.unhealed += 1;
  tally.endedServices.push(...round.endedServices);
  for (const { acknowledged, tookMs, refusals } of round.revocations) {
    if (acknowledged) {
      tally.revocations += 1;
      tally.acknowledgedMs.push(tookMs);
    } else tally.unacknowledged += 1;
    for (const refusal of refusals) count(tally.refusals, refusal);
  }
  for (const { acknowledged } of round.planChanges) if (!acknowledged) tally.unacknowledged += 1;
  tally.cutsMs.push(...round.cutsMs.map((tookMs) => tookMs ?? Infinity));
  const windows = countWindows(history.calls).filter(({ admitted }) => admitted >= quota);
  tally.limitsMet += windows.length;
  tally.overAdmission = Math.max(tally.overAdmission, ...windows.map(({ admitted }) => admitted - quota));
  for (const { outcome } of round.knownCalls) count(tally.knownOutcomes, outcome);
  for (const { outcome, sentAtMs, endedAtMs } of round.missedCalls) {
    count(tally.missOutcomes, outcome);
    if (!isSuccess(outcome)) tally.missesMs.push(endedAtMs - sentAtMs);
  }
}

/** @param share 0.99 for the value that 99 of 100 do not exceed; undefined without values. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))];
}

export function countOf(tally: Tally, ...kinds: readonly ViolationKind[]): number {
  return kinds.reduce((sum, kind) => sum + (tally.violations.get(kind) ?? 0), 0);
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
