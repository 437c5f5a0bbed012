import { parseReportQuery } from '../query.ts';
import { reportByName } from '../reports/report-by-name.ts';
import { siteBody } from '../site.ts';
import { ok, type SiteRoute } from './site-route.ts';

export function siteAndReportRoutes(now: () => number): readonly SiteRoute[] {
  return [
    { method: 'get', path: '', answer: ({ site }) => ok(siteBody(site)) },
    {
      method: 'get',
      path: '/analytics/*id',
      answer: ({ site, id, query }) =>
        ok(reportByName({ site, name: id, query: parseReportQuery(query), nowMs: now() })),
    },
  ];
}
