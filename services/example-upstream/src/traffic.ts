import { type DateRange, dayMs } from './calendar.ts';
import { shareOfDay } from './daily-rhythm.ts';
import { draw, drawBetween } from './draw.ts';
import { type Figures, sumFigures } from './figures.ts';
import type { Site } from './site.ts';

/** Visitors by weekday relative to an ordinary one, Sunday first; weekends by the site's own factor. */
const weekdayLevels = [undefined, 1.06, 1.1, 1.08, 1.02, 0.92, undefined] as const;
/** Day 0, 1970-01-01, was a Thursday. */
const weekdayOfDayZero = 4;

const daysPerYear = 365.25;
const daysBetweenLaunches = 45;
const launchDays = 4;
const dailyNoise = 0.09;
/**
 * A factor of the visitors. Growth never lowers them further, so that a site has a few also long before its creation.
 */
const smallestGrowth = 0.2;

/** The counts of a site on one day, up to `asOfMs`. */
export function figuresOfDay(site: Site, day: number, asOfMs: number): Figures {
  const whole = figuresOfWholeDay(site, day);
  const share = shareOfDay(asOfMs - day * dayMs);
  if (share === 1) return whole;
  return {
    visitors: Math.floor(whole.visitors * share),
    visits: Math.floor(whole.visits * share),
    pageviews: Math.floor(whole.pageviews * share),
    bounces: Math.floor(whole.bounces * share),
    durationSeconds: Math.floor(whole.durationSeconds * share),
    orders: Math.floor(whole.orders * share),
    revenue: Math.floor(whole.revenue * share),
  };
}

/** The counts of a site over a range. */
export function figuresOfRange(site: Site, { days, asOfMs }: DateRange): Figures {
  return sumFigures(days.map((day) => figuresOfDay(site, day, asOfMs)));
}

/** Visitors of a whole day, whether or not it is over. */
export function visitorsOfWholeDay(site: Site, day: number): number {
  const level =
    levelOfWeekday(site, day) * growth(site, day) * (1 + launchLift(site, day)) * noise(site, day, 'visitors');
  return Math.round(site.visitorsPerDay * level);
}

/** Days on which the site launched something: traffic rises for a few days, and an annotation says why. */
export function lastLaunchDays(site: Site, { today, count }: { readonly today: number; readonly count: number }) {
  const latest = today - sinceLaunch(site, today);
  return Array.from({ length: count }, (_, index) => latest - (count - 1 - index) * daysBetweenLaunches).map((day) => ({
    day,
    number: Math.floor(day / daysBetweenLaunches),
  }));
}

function figuresOfWholeDay(site: Site, day: number): Figures {
  const visitors = visitorsOfWholeDay(site, day);
  const visits = Math.round(visitors * drawBetween(1.12, 1.26, site.key, day, 'visits'));
  const orders = Math.round(visitors * site.orderRate * noise(site, day, 'orders'));
  return {
    visitors,
    visits,
    pageviews: Math.round(visits * site.pageviewsPerVisit * noise(site, day, 'pageviews')),
    bounces: Math.round(visits * site.bounceRate * noise(site, day, 'bounces')),
    durationSeconds: Math.round(visits * site.visitSeconds * noise(site, day, 'duration')),
    orders,
    revenue: Math.round(orders * site.orderValue * noise(site, day, 'revenue')),
  };
}

function levelOfWeekday(site: Site, day: number): number {
  const weekday = (((day + weekdayOfDayZero) % 7) + 7) % 7;
  return weekdayLevels[weekday] ?? site.weekendShare;
}

function growth(site: Site, day: number): number {
  return Math.max(smallestGrowth, 1 + (site.growthPerYear * (day - site.createdDay)) / daysPerYear);
}

/** A third or so more on the day of a launch, fading over the days after. */
function launchLift(site: Site, day: number): number {
  const since = sinceLaunch(site, day);
  if (since >= launchDays) return 0;
  return drawBetween(0.25, 0.5, site.key, day - since, 'launch') * (1 - since / launchDays);
}

function sinceLaunch(site: Site, day: number): number {
  const offset = Math.floor(draw(site.key, 'launch-offset') * daysBetweenLaunches);
  return (((day - offset) % daysBetweenLaunches) + daysBetweenLaunches) % daysBetweenLaunches;
}

function noise(site: Site, day: number, figure: string): number {
  return drawBetween(1 - dailyNoise, 1 + dailyNoise, site.key, day, figure, 'noise');
}
