import { apiAccessByPlan, type Plan, planNames, scopes } from '@engagetrack/contracts';
import { numberWord } from '../number-word.ts';

/** The consequences of a plan for API keys; this page is about nothing else. */
export interface PlanFacts {
  readonly summary: string;
  readonly included: readonly string[];
  readonly missing: readonly string[];
}

const withApiAccess = [
  `API keys with all ${numberWord(scopes.length)} permissions`,
  '600 requests a minute for each key',
];

export const planFacts: Readonly<Record<Plan, PlanFacts>> = {
  maker: {
    summary: 'Your analytics in the dashboard.',
    included: ['Everything in the dashboard'],
    missing: ['No API access'],
  },
  startup: {
    summary: 'Your analytics in your own systems, too.',
    included: ['Everything in Maker', ...withApiAccess],
    missing: [],
  },
  agency: {
    summary: 'For teams that work for many clients.',
    included: ['Everything in Startup', ...withApiAccess],
    missing: [],
  },
};

/** The consequences of a change of plan for the existing keys, in plain words. */
export function changeEffect(from: Plan, to: Plan, activeKeys: number): string {
  const [had, has] = [apiAccessByPlan[from], apiAccessByPlan[to]];
  if (had && !has) {
    if (activeKeys === 0) return `API keys cannot be created on ${planNames[to]}. You have none at the moment.`;
    return `${countKeys(activeKeys)} ${activeKeys === 1 ? 'stops' : 'stop'} working at once. ${activeKeys === 1 ? 'It is' : 'They are'} kept, and ${activeKeys === 1 ? 'works' : 'work'} again on Startup or Agency.`;
  }
  if (!had && has) {
    return activeKeys === 0
      ? 'API keys can be created and used at once.'
      : `API keys can be created and used at once. ${countKeys(activeKeys)} ${activeKeys === 1 ? 'works' : 'work'} again.`;
  }
  return activeKeys === 0 ? 'API keys can still be created.' : 'Your API keys keep working.';
}

function countKeys(count: number): string {
  return `${new Intl.NumberFormat().format(count)} API ${count === 1 ? 'key' : 'keys'}`;
}
