import { instant } from './calendar.ts';
import { completedBy } from './goal-completions.ts';
import type { Occurrence } from './newest-first.ts';
import type { Site } from './site.ts';
import type { Goal } from './site-records.ts';
import { latestVisit } from './visitors.ts';

/**
 * A visitor's actions during the latest visit, in order: the pages read, then the goals completed on the last of them.
 */
export function visitorTimeline(site: Site, visitor: Occurrence, goals: readonly Goal[]): readonly object[] {
  const { pages, endedMs } = latestVisit(site, visitor);
  const pageviews = pages.map(({ path, atMs }, index) => ({
    type: 'pageview',
    at: instant(atMs),
    path,
    seconds: Math.round(((pages[index + 1]?.atMs ?? atMs) - atMs) / 1_000),
  }));
  const completions = goals
    .filter((goal) => completedBy(site, goal, visitor))
    .map(({ id, name, event }) => ({ type: 'goal', at: instant(endedMs), goal_id: id, name, event }));
  return [...pageviews, ...completions];
}
