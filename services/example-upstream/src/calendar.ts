/** Days are whole UTC days, counted from 1970-01-01 as day 0. */

export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

export const periods = ['7d', '30d', '90d'] as const;
export type Period = (typeof periods)[number];

const daysInPeriod: Readonly<Record<Period, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** A run of days, oldest first; the last counts only up to `asOfMs`. */
export interface DateRange {
  readonly days: readonly number[];
  /** Unix milliseconds. Later visits do not count. */
  readonly asOfMs: number;
}

/** The days of a period that ends today. Figures change every full hour, so that answers stay the same in between. */
export function rangeOfPeriod(period: Period, nowMs: number): DateRange {
  const asOfMs = Math.floor(nowMs / hourMs) * hourMs;
  const today = dayOf(asOfMs);
  const length = daysInPeriod[period];
  return { days: Array.from({ length }, (_, index) => today - length + 1 + index), asOfMs };
}

/**
 * The range just before, cut at the same hour of its last day, so that an unfinished day is compared with an equal part
 * of one.
 */
export function previousRange({ days, asOfMs }: DateRange): DateRange {
  return { days: days.map((day) => day - days.length), asOfMs: asOfMs - days.length * dayMs };
}

export function dayOf(ms: number): number {
  return Math.floor(ms / dayMs);
}

/** `2026-03-14` */
export function dateOfDay(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 'yyyy-mm-dd'.length);
}

/** `2026-03-14T12:00:00Z` */
export function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** The first and the last date of a range, as every report names them. */
export function datesOf({ days }: DateRange): { readonly from: string; readonly to: string } {
  return { from: dateOfDay(days.at(0) ?? 0), to: dateOfDay(days.at(-1) ?? 0) };
}
