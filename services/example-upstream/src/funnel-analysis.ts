import type { DateRange } from './calendar.ts';
import { drawBetween } from './draw.ts';
import { rate } from './figures.ts';
import type { Site } from './site.ts';
import { pagesOf } from './site-pages.ts';
import type { Funnel } from './site-records.ts';
import { figuresOfRange } from './traffic.ts';

/** Share of the visitors who enter at a page that the site does not list among its own. */
const unknownPageShare = 0.02;

/** The number of visitors of a range who took each step after all the steps before it. */
export function funnelAnalysis(site: Site, funnel: Funnel, range: DateRange) {
  const { visitors } = figuresOfRange(site, range);
  const steps: { path: string; visitors: number; dropped: number; conversion_rate: number }[] = [];
  let before = visitors;
  for (const [index, { path }] of funnel.steps.entries()) {
    const share = index === 0 ? entryShare(site, path) : drawBetween(0.28, 0.74, site.key, funnel.id, index, path);
    const reached = Math.round(before * share);
    steps.push({
      path,
      visitors: reached,
      dropped: index === 0 ? 0 : before - reached,
      conversion_rate: index === 0 ? 1 : rate(reached, before),
    });
    before = reached;
  }
  const entered = steps.at(0)?.visitors ?? 0;
  const completed = steps.at(-1)?.visitors ?? 0;
  return { entered, completed, conversion_rate: rate(completed, entered), steps };
}

function entryShare(site: Site, path: string): number {
  const pages = pagesOf(site);
  const page = pages.find((candidate) => candidate.path === path);
  const weightOfAll = pages.reduce((sum, { weight }) => sum + weight, 0);
  return page === undefined ? unknownPageShare : Math.min(1, (1.6 * page.weight) / weightOfAll);
}
