import type { Page, ReportQuery } from './query.ts';

/** The n-th of something on a day, counted from 1 in the order in which they came. */
export interface Occurrence {
  readonly day: number;
  readonly ordinal: number;
}

export interface DayCount {
  readonly day: number;
  readonly count: number;
}

/** One page of everything that was counted, newest first, without making any of what the page does not show. */
export function newestFirst(
  countsOldestFirst: readonly DayCount[],
  { page, limit }: Pick<ReportQuery, 'page' | 'limit'>,
): Page<Occurrence> {
  const data: Occurrence[] = [];
  let skipped = (page - 1) * limit;
  for (const { day, count } of countsOldestFirst.toReversed()) {
    for (let ordinal = count - skipped; ordinal > 0 && data.length < limit; ordinal -= 1) data.push({ day, ordinal });
    skipped = Math.max(0, skipped - count);
  }
  return { data, page, limit, total: countsOldestFirst.reduce((sum, { count }) => sum + count, 0) };
}
