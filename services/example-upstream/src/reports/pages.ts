import { apportion } from '../apportion.ts';
import { drawBetween } from '../draw.ts';
import { rate } from '../figures.ts';
import { pagesOf } from '../site-pages.ts';
import { figuresOfRange } from '../traffic.ts';
import type { Report } from './report.ts';

/** Page views add up to those of the site. Visitors do not: a visitor who reads five pages counts for each of them. */
export const pagesReport: Report = (site, range) => {
  const total = figuresOfRange(site, range);
  const pages = pagesOf(site);
  const views = apportion(
    total.pageviews,
    pages.map(({ weight }) => weight),
  );
  return pages
    .map(({ path, title }, index) => ({ path, title, pageviews: views[index] ?? 0 }))
    .filter(({ pageviews }) => pageviews > 0)
    .map(({ path, title, pageviews }) => ({
      path,
      title,
      visitors: Math.min(total.visitors, Math.ceil(pageviews * drawBetween(0.66, 0.88, site.key, path, 'visitors'))),
      pageviews,
      bounce_rate: rate(site.bounceRate * drawBetween(0.75, 1.25, site.key, path, 'bounces'), 1),
      time_on_page_seconds: Math.round(drawBetween(22, 190, site.key, path, 'time')),
      share: rate(pageviews, total.pageviews),
    }));
};
