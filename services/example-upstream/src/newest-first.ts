import type { Page, ReportQuery } from './query.ts';

/** The n-th occurrence on a day, counted from 1 in the order of time. */
export interface Occurrence {
  readonly day: number;
  readonly ordinal: number;
}

export interface DayCount {
  readonly day: number;
  readonly count: number;
}

/** One page of all occurrences, newest first; no occurrence outside the page is computed. */
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
