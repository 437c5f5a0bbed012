import type { Site } from './site.ts';
import { recordsAsFirstFound, type SiteRecords } from './site-records.ts';

export interface SiteRecordsStore {
  find(site: Site): SiteRecords;
  replace(site: Site, records: SiteRecords): void;
}

/**
 * Any well-formed id is a site, so callers decide how many can be changed: beyond this many, the site that was changed
 * longest ago is as it was first found.
 */
export const changedSitesMax = 256;

/** Goals, funnels and annotations in memory, a site's own each. Sites that nobody has changed take no room. */
export function createSiteRecordsStore(now: () => number): SiteRecordsStore {
  const changed = new Map<string, SiteRecords>();
  return {
    find: (site) => changed.get(site.key) ?? recordsAsFirstFound(site, now()),
    replace: (site, records) => {
      changed.delete(site.key);
      changed.set(site.key, records);
      const [longestAgo] = changed.keys();
      if (changed.size > changedSitesMax && longestAgo !== undefined) changed.delete(longestAgo);
    },
  };
}
