import { dateOfDay, dayMs, dayOf, instant } from './calendar.ts';
import { drawBetween } from './draw.ts';
import type { Site } from './site.ts';
import { pagesOf } from './site-pages.ts';
import { lastLaunchDays } from './traffic.ts';

export interface Goal {
  readonly id: string;
  readonly name: string;
  readonly event: string;
  /** The value of one completion, in whole units of the currency. */
  readonly value: number;
  readonly created_at: string;
  readonly archived_at: string | null;
}

export interface Funnel {
  readonly id: string;
  readonly name: string;
  readonly steps: readonly { readonly path: string }[];
  readonly created_at: string;
}

export interface Annotation {
  readonly id: string;
  readonly date: string;
  readonly text: string;
  readonly created_at: string;
}

/** The records that callers can change on a site. */
export interface SiteRecords {
  readonly goals: readonly Goal[];
  readonly funnels: readonly Funnel[];
  readonly annotations: readonly Annotation[];
  /** The number in the next funnel's id; never used twice. */
  readonly nextFunnel: number;
  readonly nextAnnotation: number;
}

const goalTemplates = [
  { name: 'Signed up', event: 'signup', value: 0 },
  { name: 'Started a trial', event: 'trial_started', value: 15 },
  { name: 'Requested a demo', event: 'demo_requested', value: 40 },
  { name: 'Joined the newsletter', event: 'newsletter_joined', value: 2 },
];
const launchTexts = ['Product update announced', 'Newsletter sent', 'Campaign started', 'Featured in the press'];
const launchesAnnotated = 3;

/** The records of an unchanged site. */
export function recordsAsFirstFound(site: Site, nowMs: number): SiteRecords {
  const today = dayOf(nowMs);
  const launches = lastLaunchDays(site, { today, count: launchesAnnotated });
  const annotations = launches.map(({ day, number }) => ({
    id: `annotation_${number}`,
    date: dateOfDay(day),
    text: launchTexts[number % launchTexts.length] ?? '',
    created_at: instant(day * dayMs),
  }));
  const created = (daysLater: number): string => instant(Math.floor((site.createdDay + daysLater) * dayMs));
  const article = pagesOf(site).find(({ path }) => path.startsWith('/blog/'));
  return {
    goals: goalTemplates.map((template, index) => ({
      id: `goal_${index + 1}`,
      ...template,
      created_at: created(drawBetween(1, 30, site.key, template.event, 'created')),
      archived_at: null,
    })),
    funnels: [
      {
        id: 'funnel_1',
        name: 'Sign-up',
        steps: [{ path: '/' }, { path: '/pricing' }, { path: '/signup' }],
        created_at: created(7.4),
      },
      {
        id: 'funnel_2',
        name: 'Reader to customer',
        steps: [{ path: article?.path ?? '/blog' }, { path: '/features' }, { path: '/pricing' }, { path: '/signup' }],
        created_at: created(21.6),
      },
    ],
    annotations,
    nextFunnel: 3,
    nextAnnotation: 1 + (launches.at(-1)?.number ?? 0),
  };
}
