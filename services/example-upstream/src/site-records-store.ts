import type { Site } from './site.ts';
import { recordsAsFirstFound, type SiteRecords } from './site-records.ts';

export interface SiteRecordsStore {
  find(site: Site): SiteRecords;
  replace(site: Site, records: SiteRecords): void;
}

/**
 * Sites. Any well-formed id is a site, so callers decide how many they change; beyond this many, the site that was
 * changed longest ago returns to its first state.
 */
export const changedSitesMax = 256;

/** Goals, funnels and annotations in memory, separate for each site. Unchanged sites take no memory. */
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
