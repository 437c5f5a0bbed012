/** Milliseconds of each unit of time. */
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

const units = [
  { unit: 'year', ms: 365 * dayMs },
  { unit: 'month', ms: 30 * dayMs },
  { unit: 'day', ms: dayMs },
  { unit: 'hour', ms: hourMs },
  { unit: 'minute', ms: minuteMs },
] as const;

/** The language of the pages is English; numbers and dates follow the reader's own settings. */
const words = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

/**
 * Days. A time within so many is told in days, because an expiry "in 2 months" is too vague to plan with; a longer one
 * in months or years.
 */
const daysMax = 99;

/** "3 minutes ago", "in 12 days", "just now". */
export function formatRelative(instantMs: number, nowMs: number): string {
  const deltaMs = instantMs - nowMs;
  const awayMs = Math.abs(deltaMs);
  if (awayMs < minuteMs) return deltaMs > 0 ? 'in less than a minute' : 'just now';
  const found = units.find(({ unit, ms }) => awayMs >= ms && !(isLong(unit) && awayMs < daysMax * dayMs));
  const { unit, ms } = found ?? { unit: 'minute', ms: minuteMs };
  return words.format(Math.sign(deltaMs) * Math.max(1, Math.round(awayMs / ms)), unit);
}

/** For a past instant: a clock that is a little behind must not show it as future. */
export function formatAgo(instantMs: number, nowMs: number): string {
  return formatRelative(Math.min(instantMs, nowMs), nowMs);
}

function isLong(unit: string): boolean {
  return unit === 'year' || unit === 'month';
}

export function wholeDaysBetween(earlierMs: number, laterMs: number): number {
  return Math.floor((laterMs - earlierMs) / dayMs);
}

/** The reader's languages, best first, at least one. */
function readerLocales(): readonly string[] {
  return globalThis.navigator?.languages?.length ? globalThis.navigator.languages : ['en'];
}

const numbers = new Intl.NumberFormat(readerLocales());
const days = new Intl.DateTimeFormat(readerLocales(), { dateStyle: 'medium' });
const exact = new Intl.DateTimeFormat(readerLocales(), { dateStyle: 'long', timeStyle: 'long' });
const timeOfDay = new Intl.DateTimeFormat(readerLocales(), { timeStyle: 'medium' });

export function formatNumber(value: number): string {
  return numbers.format(value);
}

/** A day in the reader's time zone. */
export function formatDay(instantMs: number): string {
  return days.format(instantMs);
}

/** To the second, with the reader's time zone named. */
export function formatExact(instantMs: number): string {
  return exact.format(instantMs);
}

export function formatTimeOfDay(instantMs: number): string {
  return timeOfDay.format(instantMs);
}
