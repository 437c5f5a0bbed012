import type { Call, History } from './history.ts';
import { isSuccess } from './history-index.ts';
import type { Violation } from './violation.ts';

export interface LimitPromises {
  /** Requests per key, policy and window. */
  readonly quota: number;
  /** Requests that may be admitted beyond the quota: those in flight when Redis lost its counters. */
  readonly overAdmissionMax: number;
}

export interface WindowCount {
  readonly keyId: string;
  /** Unix seconds. */
  readonly windowEnd: number;
  readonly admitted: number;
}

export function checkLimits({ calls }: Pick<History, 'calls'>, promises: LimitPromises): Violation[] {
  const max = promises.quota + promises.overAdmissionMax;
  return countWindows(calls)
    .filter(({ admitted }) => admitted > max)
    .map(({ keyId, windowEnd, admitted }) => ({
      kind: 'over_admission',
      keyId,
      what: `${admitted} requests were admitted in the window that ends at ${windowEnd}, and ${max} may be`,
    }));
}

/** Admitted requests by key, policy and window. The window is the one that the answer itself names. */
export function countWindows(calls: readonly Call[]): WindowCount[] {
  const counts = new Map<string, WindowCount>();
  for (const { keyId, policy, outcome, windowEnd } of calls) {
    if (windowEnd === undefined || !isSuccess(outcome)) continue;
    const name = `${keyId} ${policy} ${windowEnd}`;
    counts.set(name, { keyId, windowEnd, admitted: (counts.get(name)?.admitted ?? 0) + 1 });
  }
  return [...counts.values()];
}
