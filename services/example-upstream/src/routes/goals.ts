import { z } from 'zod';
import { datesOf, instant, rangeOfPeriod } from '../calendar.ts';
import { goalStats, listCompletions } from '../goal-completions.ts';
import { parseReportQuery } from '../query.ts';
import type { Site } from '../site.ts';
import type { Goal } from '../site-records.ts';
import type { SiteRecordsStore } from '../site-records-store.ts';
import { textField } from './body-fields.ts';
import { findById, ok, parseBody, type SiteCall, type SiteRoute } from './site-route.ts';

const nameCharactersMax = 100;
const eventCharactersMax = 100;
const goalValueMax = 1_000_000;

const valueError = `value must be a whole number from 0 to ${goalValueMax}`;
const goalChangeSchema = z.object({
  name: textField('name', nameCharactersMax).optional(),
  event: textField('event', eventCharactersMax).optional(),
  value: z.int({ error: valueError }).min(0, { error: valueError }).max(goalValueMax, { error: valueError }).optional(),
});

export function goalRoutes(store: SiteRecordsStore, now: () => number): readonly SiteRoute[] {
  return [
    { method: 'get', path: '/goals', answer: ({ site }) => ok({ data: store.find(site).goals }) },
    { method: 'get', path: '/goals/:id', answer: (call) => ok(goalOf(call)) },
    {
      method: 'get',
      path: '/goals/:id/stats',
      answer: (call) => {
        const { period } = parseReportQuery(call.query);
        const goal = goalOf(call);
        const range = rangeOfPeriod(period, now());
        return ok({ goal_id: goal.id, period, ...datesOf(range), ...goalStats(call.site, goal, range) });
      },
    },
    {
      method: 'get',
      path: '/goals/:id/completions',
      answer: (call) => {
        const query = parseReportQuery(call.query);
        const range = rangeOfPeriod(query.period, now());
        return ok(listCompletions({ site: call.site, goal: goalOf(call), range }, query));
      },
    },
    {
      method: 'patch',
      path: '/goals/:id',
      answer: (call) => {
        const goal = goalOf(call);
        const { name, event, value } = parseBody(goalChangeSchema, call.body);
        return ok(
          put(call.site, { ...goal, name: name ?? goal.name, event: event ?? goal.event, value: value ?? goal.value }),
        );
      },
    },
    {
      method: 'post',
      path: '/goals/:id/archive',
      answer: (call) => {
        const goal = goalOf(call);
        return ok(put(call.site, { ...goal, archived_at: goal.archived_at ?? instant(now()) }));
      },
    },
    {
      method: 'post',
      path: '/goals/:id/unarchive',
      answer: (call) => ok(put(call.site, { ...goalOf(call), archived_at: null })),
    },
  ];

  function goalOf({ site, id }: SiteCall): Goal {
    return findById(store.find(site).goals, id);
  }

  function put(site: Site, goal: Goal): Goal {
    const records = store.find(site);
    store.replace(site, { ...records, goals: records.goals.map((known) => (known.id === goal.id ? goal : known)) });
    return goal;
  }
}
