import { dayMs, dayOf } from './calendar.ts';
import { shareOfDay } from './daily-rhythm.ts';
import { drawBetween } from './draw.ts';
import type { Site } from './site.ts';
import { visitorsOfWholeDay } from './traffic.ts';

/** Milliseconds. A visitor who came within them counts as present. */
const presenceMs = 5 * 60_000;

/** The number of present visitors of a site: it follows the day's rhythm and varies from second to second. */
export function liveVisitors(site: Site, nowMs: number): number {
  const day = dayOf(nowMs);
  const timeOfDayMs = nowMs - day * dayMs;
  const share = shareOfDay(timeOfDayMs + presenceMs / 2) - shareOfDay(timeOfDayMs - presenceMs / 2);
  const stir = drawBetween(0.75, 1.25, site.key, 'live', Math.floor(nowMs / 1_000));
  return Math.round(visitorsOfWholeDay(site, day) * share * stir);
}
