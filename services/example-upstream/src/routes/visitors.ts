import { Problem } from '@engagetrack/contracts';
import { rangeOfPeriod } from '../calendar.ts';
import type { Occurrence } from '../newest-first.ts';
import { parseReportQuery } from '../query.ts';
import type { SiteRecordsStore } from '../site-records-store.ts';
import { visitorTimeline } from '../visitor-timeline.ts';
import { findVisitor, listVisitors, visitorBody } from '../visitors.ts';
import { ok, type SiteCall, type SiteRoute } from './site-route.ts';

export function visitorRoutes(store: SiteRecordsStore, now: () => number): readonly SiteRoute[] {
  return [
    {
      method: 'get',
      path: '/visitors',
      answer: ({ site, query }) => {
        const wanted = parseReportQuery(query);
        return ok(listVisitors(site, rangeOfPeriod(wanted.period, now()), wanted));
      },
    },
    { method: 'get', path: '/visitors/:id', answer: (call) => ok(visitorBody(call.site, visitorOf(call))) },
    {
      method: 'get',
      path: '/visitors/:id/timeline',
      answer: (call) => {
        const data = visitorTimeline(call.site, visitorOf(call), store.find(call.site).goals);
        return ok({ visitor_id: call.id, data });
      },
    },
  ];

  function visitorOf({ site, id }: SiteCall): Occurrence {
    const visitor = findVisitor(site, id, rangeOfPeriod('90d', now()).asOfMs);
    if (visitor === undefined) throw new Problem('not_found');
    return visitor;
  }
}
