import { type DateRange, datesOf, instant, previousRange } from './calendar.ts';
import { currency } from './currency.ts';
import { draw, drawBetween } from './draw.ts';
import { rate } from './figures.ts';
import { newestFirst, type Occurrence } from './newest-first.ts';
import type { Page, ReportQuery } from './query.ts';
import type { Site } from './site.ts';
import type { Goal } from './site-records.ts';
import { figuresOfDay, figuresOfRange } from './traffic.ts';
import { lastSeenMs, visitorId } from './visitors.ts';

/**
 * Visitors. In each run of so many visitors of a day exactly one completes a goal. So a count needs no list, a list
 * needs no count, and a completion of the morning is still there in the evening.
 */

/** The totals of a goal over a range, beside those of the range before. */
export function goalStats(site: Site, goal: Goal, range: DateRange) {
  const earlier = previousRange(range);
  return { data: totals(site, goal, range), previous: { ...datesOf(earlier), ...totals(site, goal, earlier) } };
}

/** One page of the completions of a goal in a range, the latest first. */
export function listCompletions(
  { site, goal, range }: { readonly site: Site; readonly goal: Goal; readonly range: DateRange },
  query: ReportQuery,
): Page<object> {
  const { data, ...paging } = newestFirst(completionCounts(site, goal, range), query);
  const rows = data.map(({ day, ordinal }) => {
    const visitor = { day, ordinal: ordinalOfCompletion(site, goal, { day, ordinal }) };
    const visitor_id = visitorId(site, visitor);
    return {
      id: `${goal.id}-${visitor_id}`,
      visitor_id,
      completed_at: instant(lastSeenMs(site, visitor)),
      value: goal.value,
    };
  });
  return { data: rows, ...paging };
}

/** Whether the latest visit of a visitor ended with this goal. */
export function completedBy(site: Site, goal: Goal, { day, ordinal }: Occurrence): boolean {
  const run = Math.ceil(ordinal / visitorsPerCompletion(site, goal));
  return ordinalOfCompletion(site, goal, { day, ordinal: run }) === ordinal;
}

function totals(site: Site, goal: Goal, range: DateRange) {
  const completions = completionCounts(site, goal, range).reduce((sum, { count }) => sum + count, 0);
  return {
    completions,
    unique_visitors: completions,
    conversion_rate: rate(completions, figuresOfRange(site, range).visitors),
    value: completions * goal.value,
    currency,
  };
}

function completionCounts(site: Site, goal: Goal, { days, asOfMs }: DateRange) {
  const runLength = visitorsPerCompletion(site, goal);
  return days.map((day) => {
    const { visitors } = figuresOfDay(site, day, asOfMs);
    const wholeRuns = Math.floor(visitors / runLength);
    const lastRunHasOne = ordinalOfCompletion(site, goal, { day, ordinal: wholeRuns + 1 }) <= visitors;
    return { day, count: wholeRuns + (lastRunHasOne ? 1 : 0) };
  });
}

/** Which of the day's visitors made the n-th completion: one in the n-th run. */
function ordinalOfCompletion(site: Site, goal: Goal, { day, ordinal: run }: Occurrence): number {
  const runLength = visitorsPerCompletion(site, goal);
  return (run - 1) * runLength + 1 + Math.floor(draw(site.key, goal.id, day, run) * runLength);
}

function visitorsPerCompletion(site: Site, goal: Goal): number {
  return Math.round(drawBetween(12, 70, site.key, goal.id, 'visitors per completion'));
}
