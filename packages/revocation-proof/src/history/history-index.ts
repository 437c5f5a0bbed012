import type { Arrival } from '@engagetrack/test-ground';
import type { Call, CreatedKey, History, Outcome, Revocation } from './history.ts';

export interface HistoryIndex {
  readonly keys: ReadonlyMap<string, CreatedKey>;
  readonly revocations: ReadonlyMap<string, Revocation>;
  /** In the order in which they were sent. */
  readonly callsByKey: ReadonlyMap<string, readonly Call[]>;
  readonly arrivals: ReadonlyMap<string, readonly Arrival[]>;
}

export function indexHistory({ keys, calls, arrivals, revocations }: History): HistoryIndex {
  return {
    keys: new Map(keys.map((key) => [key.keyId, key])),
    revocations: new Map(revocations.map((revocation) => [revocation.keyId, revocation])),
    callsByKey: Map.groupBy(
      calls.toSorted((a, b) => a.sentAtMs - b.sentAtMs),
      ({ keyId }) => keyId,
    ),
    arrivals: Map.groupBy(arrivals, ({ nonce }) => nonce),
  };
}

/** The upstream's own answer came back, or the upstream has seen the request. */
export function wasAdmitted({ nonce, outcome }: Call, { arrivals }: HistoryIndex): boolean {
  return arrivals.has(nonce) || isSuccess(outcome);
}

export function isSuccess(outcome: Outcome): boolean {
  return typeof outcome === 'number' && outcome >= 200 && outcome < 400;
}

/** The outcome neither admits nor denies: the gateway could not decide, or refused to. */
export function decidesNothing(outcome: Outcome): boolean {
  return outcome === 'no_answer' || outcome === 429 || outcome === 502 || outcome === 503;
}

export function showOutcome(outcome: Outcome): string {
  return outcome === 'no_answer' ? 'no answer' : `${outcome}`;
}
