import { browsersOn, countriesOf, devicesOf, sourcesOf } from './audience.ts';
import { type DateRange, dayMs, dayOf, instant } from './calendar.ts';
import { timeOfShare } from './daily-rhythm.ts';
import { draw, drawBetween, hash32, pickWeighted } from './draw.ts';
import { newestFirst, type Occurrence } from './newest-first.ts';
import type { Page, ReportQuery } from './query.ts';
import type { Site } from './site.ts';
import { pagesOf } from './site-pages.ts';
import { figuresOfDay, visitorsOfWholeDay } from './traffic.ts';

/**
 * Visitors are not stored: a visitor is the n-th of the day of the latest visit, the id encodes n and the day, and all
 * else is drawn from that. So the list has exactly as many visitors as the reports of the same period count.
 */

/** A visitor's latest visit. */
export interface Visit {
  readonly startedMs: number;
  readonly endedMs: number;
  /** In reading order; at least one. */
  readonly pages: readonly { readonly path: string; readonly atMs: number }[];
}

const pagesReadMax = 12;
const returningShare = 0.31;
const visitsMax = 9;
const daysSinceFirstVisitMax = 60;

/** 2 ** 20 visitors a day, far more than any site here has. */
const ordinalsPerDay = 1_048_576;
const numberDigits = 8;
const checkDigits = 7;
const visitorIdPattern = /^vis_([0-9a-z]{7})([0-9a-z]{8})$/;

/** One page of the visitors of a range, the latest first. */
export function listVisitors(site: Site, { days, asOfMs }: DateRange, query: ReportQuery): Page<object> {
  const counts = days.map((day) => ({ day, count: figuresOfDay(site, day, asOfMs).visitors }));
  const { data, ...paging } = newestFirst(counts, query);
  const audience = audienceOf(site);
  return { data: data.map((occurrence) => visitorBody(site, occurrence, audience)), ...paging };
}

/** The visitor with this id, unless the site has had no such visitor by `asOfMs`. */
export function findVisitor(site: Site, visitorId: string, asOfMs: number): Occurrence | undefined {
  const [, check = '', digits = ''] = visitorIdPattern.exec(visitorId) ?? [];
  if (digits === '' || check !== checkOf(site, digits)) return undefined;
  const number = Number.parseInt(digits, 36);
  const day = Math.floor(number / ordinalsPerDay);
  const ordinal = number % ordinalsPerDay;
  if (day > dayOf(asOfMs) || ordinal < 1 || ordinal > figuresOfDay(site, day, asOfMs).visitors) return undefined;
  return { day, ordinal };
}

export function visitorId(site: Site, { day, ordinal }: Occurrence): string {
  const digits = (day * ordinalsPerDay + ordinal).toString(36).padStart(numberDigits, '0');
  return `vis_${checkOf(site, digits)}${digits}`;
}

/** When a visitor was last seen; later ordinals of a day later. */
export function lastSeenMs(site: Site, { day, ordinal }: Occurrence): number {
  return day * dayMs + timeOfShare((ordinal - 0.5) / visitorsOfWholeDay(site, day));
}

/** The pages of the latest visit, computed backwards from its end. */
export function latestVisit(site: Site, visitor: Occurrence, pages = pagesOf(site)): Visit {
  const key = drawKey(site, visitor);
  const endedMs = lastSeenMs(site, visitor);
  const read = [{ path: pickWeighted(pages, draw(key, 'page', 0)).path, atMs: endedMs }];
  while (read.length < pagesReadMax && draw(key, 'reads on', read.length) > 1 / site.pageviewsPerVisit) {
    const secondsBefore = Math.round(drawBetween(6, 110, key, 'pause', read.length));
    const { path } = pickWeighted(pages, draw(key, 'page', read.length));
    read.unshift({ path, atMs: (read[0]?.atMs ?? endedMs) - secondsBefore * 1_000 });
  }
  return { startedMs: read[0]?.atMs ?? endedMs, endedMs, pages: read };
}

/** A visitor in the form of the list and of `/visitors/{visitorId}`. */
export function visitorBody(site: Site, visitor: Occurrence, audience = audienceOf(site)): object {
  const key = drawKey(site, visitor);
  const visit = latestVisit(site, visitor, audience.pages);
  const { device } = pickWeighted(audience.devices, draw(key, 'device'));
  const { browser, os } = pickWeighted(browsersOn(device), draw(key, 'browser'));
  const { source, channel } = pickWeighted(audience.sources, draw(key, 'source'));
  const { country_code, country } = pickWeighted(audience.countries, draw(key, 'country'));
  const returning = draw(key, 'returning') < returningShare;
  const daysSinceFirst = returning ? drawBetween(1, daysSinceFirstVisitMax, key, 'first') : 0;
  return {
    id: visitorId(site, visitor),
    first_seen_at: instant(visit.startedMs - Math.floor(daysSinceFirst * dayMs)),
    last_seen_at: instant(visit.endedMs),
    visits: returning ? Math.floor(drawBetween(2, visitsMax + 1, key, 'visits')) : 1,
    pageviews: visit.pages.length,
    entry_page: visit.pages.at(0)?.path,
    exit_page: visit.pages.at(-1)?.path,
    source,
    channel,
    country_code,
    country,
    device,
    browser,
    os,
  };
}

/** The parameters that visitors are drawn from, computed once for a whole list. */
function audienceOf(site: Site) {
  return { pages: pagesOf(site), devices: devicesOf(site), sources: sourcesOf(site), countries: countriesOf(site) };
}

function drawKey(site: Site, { day, ordinal }: Occurrence): string {
  return `${site.key}/${day}/${ordinal}`;
}

/** Makes ids look random, so that a guessed one is unknown. */
function checkOf(site: Site, digits: string): string {
  return hash32(`${site.key}/visitor/${digits}`).toString(36).padStart(checkDigits, '0');
}
