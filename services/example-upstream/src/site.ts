import { dayMs, dayOf, instant } from './calendar.ts';
import { draw, drawBetween, hash32 } from './draw.ts';

/** One site of an organization with all the parameters of its figures. All of them follow from the three ids. */
export interface Site {
  readonly id: string;
  readonly organizationId: string;
  /** The first part of every draw about this site. */
  readonly key: string;
  readonly name: string;
  readonly domain: string;
  readonly createdDay: number;
  /** Visitors on an ordinary weekday when the site was created. */
  readonly visitorsPerDay: number;
  /** Growth a year, as a share of `visitorsPerDay`. */
  readonly growthPerYear: number;
  /** A weekend day's visitors as a share of a weekday's: offices are quiet then, leisure is not. */
  readonly weekendShare: number;
  readonly pageviewsPerVisit: number;
  readonly bounceRate: number;
  readonly visitSeconds: number;
  readonly orderRate: number;
  /** US dollars. */
  readonly orderValue: number;
}

export interface SiteIds {
  readonly seed: number;
  readonly organizationId: string;
  readonly siteId: string;
}

/** The sites that the list names. Every other well-formed id is a site of the organization too, only unlisted. */
export const listedSiteIds: readonly string[] = ['site_1', 'site_2', 'site_3'];

const siteIdPattern = /^[A-Za-z0-9_-]{1,128}$/;
const firstCreatedDay = dayOf(Date.UTC(2021, 0, 1));
const createdWithinDays = 3 * 365;

const siteNames = [
  ['Harbor Books', 'harbor-books'],
  ['Copper Kettle', 'copper-kettle'],
  ['Fernway', 'fernway'],
  ['Tidewater Supply', 'tidewater-supply'],
  ['Papercrane Studio', 'papercrane'],
  ['Juniper & Oak', 'juniper-oak'],
  ['Brightloom', 'brightloom'],
  ['Slate Analytics', 'slate-analytics'],
  ['Morning Press', 'morning-press'],
  ['Lanternfish', 'lanternfish'],
  ['Wildgrain Bakery', 'wildgrain'],
  ['Quietbox', 'quietbox'],
] as const;

export function isSiteId(text: string): boolean {
  return siteIdPattern.test(text);
}

/** The site with this id. Growth, rhythm and size are drawn within the range of real small and middling sites. */
export function describeSite({ seed, organizationId, siteId }: SiteIds): Site {
  const key = `${seed}/${organizationId}/${siteId}`;
  const [name, subdomain] = nameOf({ seed, organizationId, siteId });
  const leisure = draw(key, 'leisure') < 0.3;
  return {
    id: siteId,
    organizationId,
    key,
    name,
    // A reserved top-level domain (RFC 2606): no such site exists.
    domain: `${subdomain}.example`,
    createdDay: firstCreatedDay + Math.floor(drawBetween(0, createdWithinDays, key, 'created')),
    // Sizes are spread evenly on a logarithmic scale, as those of real sites are.
    visitorsPerDay: 600 * 10 ** draw(key, 'size'),
    growthPerYear: drawBetween(0.08, 0.4, key, 'growth'),
    weekendShare: leisure ? drawBetween(1.05, 1.3, key, 'weekend') : drawBetween(0.42, 0.7, key, 'weekend'),
    pageviewsPerVisit: drawBetween(1.9, 3.8, key, 'depth'),
    bounceRate: drawBetween(0.34, 0.56, key, 'bounce'),
    visitSeconds: drawBetween(85, 230, key, 'duration'),
    orderRate: drawBetween(0.008, 0.028, key, 'order-rate'),
    orderValue: drawBetween(24, 110, key, 'order-value'),
  };
}

/** The site in the form of `/sites` and `/sites/{siteId}`. */
export function siteBody({ id, name, domain, createdDay, key }: Site) {
  const createdMs = createdDay * dayMs + Math.floor(draw(key, 'created-at') * dayMs);
  return { id, name, domain, created_at: instant(createdMs) };
}

function nameOf({ seed, organizationId, siteId }: SiteIds): readonly [name: string, subdomain: string] {
  const listed = listedSiteIds.indexOf(siteId);
  // Listed sites take names in turn, so that no list has one twice.
  const turn =
    listed === -1 ? hash32(`${seed}/${organizationId}/${siteId}/name`) : hash32(`${seed}/${organizationId}`) + listed;
  return siteNames[turn % siteNames.length] ?? siteNames[0];
}
