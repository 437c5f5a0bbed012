import { dayMs, hourMs } from './calendar.ts';

/**
 * The distribution of a day's visitors over its hours, UTC: quiet nights, a rise with Europe's morning, the peak with
 * America's.
 */
const hourWeights = [
  2.1, 1.8, 1.6, 1.6, 1.8, 2.3, 3.0, 3.9, 4.8, 5.4, 5.6, 5.5, 5.3, 5.7, 6.2, 6.4, 6.2, 5.8, 5.2, 4.8, 4.5, 4.1, 3.4,
  3.0,
];
const weightOfDay = hourWeights.reduce((sum, weight) => sum + weight, 0);

/** The share of a day's visitors that have come by a time of day, from 0 to 1. Times outside the day give 0 or 1. */
export function shareOfDay(timeOfDayMs: number): number {
  if (timeOfDayMs >= dayMs) return 1;
  const hours = timeOfDayMs / hourMs;
  const weight = hourWeights.reduce((sum, hourWeight, hour) => sum + hourWeight * clampShare(hours - hour), 0);
  return weight / weightOfDay;
}

/** The time of day, in milliseconds, by which a share of the day's visitors have come: the inverse of {@link shareOfDay}. */
export function timeOfShare(share: number): number {
  let left = share * weightOfDay;
  for (const [hour, weight] of hourWeights.entries()) {
    if (left < weight) return Math.floor((hour + left / weight) * hourMs);
    left -= weight;
  }
  return dayMs - 1;
}

function clampShare(hours: number): number {
  return Math.min(1, Math.max(0, hours));
}
