import { z } from 'zod';
import { datesOf, instant, rangeOfPeriod } from '../calendar.ts';
import { funnelAnalysis } from '../funnel-analysis.ts';
import { parseReportQuery } from '../query.ts';
import type { SiteRecordsStore } from '../site-records-store.ts';
import { pathField, textField } from './body-fields.ts';
import { created, findById, noContent, ok, parseBody, refuseBeyond, type SiteRoute } from './site-route.ts';

export const funnelsPerSiteMax = 50;
const stepsMax = 10;
const nameCharactersMax = 100;
const pathCharactersMax = 256;

const stepsError = `steps must be a list of 1 to ${stepsMax} objects, each with a path`;
const funnelSchema = z.object({
  name: textField('name', nameCharactersMax),
  steps: z
    .array(z.object({ path: pathField('The path of a step', pathCharactersMax) }, { error: stepsError }), {
      error: stepsError,
    })
    .min(1, { error: stepsError })
    .max(stepsMax, { error: stepsError }),
});

export function funnelRoutes(store: SiteRecordsStore, now: () => number): readonly SiteRoute[] {
  return [
    { method: 'get', path: '/funnels', answer: ({ site }) => ok({ data: store.find(site).funnels }) },
    { method: 'get', path: '/funnels/:id', answer: ({ site, id }) => ok(findById(store.find(site).funnels, id)) },
    {
      method: 'get',
      path: '/funnels/:id/analysis',
      answer: ({ site, id, query }) => {
        const { period } = parseReportQuery(query);
        const funnel = findById(store.find(site).funnels, id);
        const range = rangeOfPeriod(period, now());
        return ok({ funnel_id: id, period, ...datesOf(range), data: funnelAnalysis(site, funnel, range) });
      },
    },
    {
      method: 'post',
      path: '/funnels',
      answer: (call) => {
        const wanted = parseBody(funnelSchema, call.body);
        const records = store.find(call.site);
        refuseBeyond(funnelsPerSiteMax, records.funnels, 'funnels');
        const funnel = { id: `funnel_${records.nextFunnel}`, ...wanted, created_at: instant(now()) };
        store.replace(call.site, {
          ...records,
          funnels: [...records.funnels, funnel],
          nextFunnel: records.nextFunnel + 1,
        });
        return created(funnel, call);
      },
    },
    {
      method: 'put',
      path: '/funnels/:id',
      answer: ({ site, id, body }) => {
        const records = store.find(site);
        const funnel = { ...findById(records.funnels, id), ...parseBody(funnelSchema, body) };
        store.replace(site, {
          ...records,
          funnels: records.funnels.map((known) => (known.id === id ? funnel : known)),
        });
        return ok(funnel);
      },
    },
    {
      method: 'delete',
      path: '/funnels/:id',
      answer: ({ site, id }) => {
        const records = store.find(site);
        const gone = findById(records.funnels, id);
        store.replace(site, { ...records, funnels: records.funnels.filter((known) => known !== gone) });
        return noContent;
      },
    },
  ];
}
