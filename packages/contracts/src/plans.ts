import { z } from 'zod';

export const plans = ['maker', 'startup', 'agency'] as const;

export type Plan = (typeof plans)[number];

export const planSchema = z.enum(plans);

/** Whether a plan includes API access: making or using a key on a plan without it is answered 402. */
export const apiAccessByPlan: Readonly<Record<Plan, boolean>> = { maker: false, startup: true, agency: true };

/** The names of the plans as people read them. */
export const planNames: Readonly<Record<Plan, string>> = { maker: 'Maker', startup: 'Startup', agency: 'Agency' };
