import { checkLimits, type LimitPromises } from './check-limits.ts';
import { checkPlans } from './check-plans.ts';
import { checkRevocations } from './check-revocations.ts';
import { checkStreams } from './check-streams.ts';
import type { History } from './history.ts';
import { indexHistory } from './history-index.ts';
import type { Violation } from './violation.ts';

/**
 * Every promise that the history shows broken. Pure: the judge of a run never asks the product itself.
 *
 * 429, 502, 503 and a broken connection decide nothing: they are never an admission and never a denial. A request
 * that overlaps a change may go either way.
 */
export function checkHistory(history: History, promises: LimitPromises): readonly Violation[] {
  const index = indexHistory(history);
  return [
    ...checkRevocations(history, index),
    ...checkPlans(history, index),
    ...checkLimits(history, promises),
    ...checkStreams(history, index),
  ];
}
