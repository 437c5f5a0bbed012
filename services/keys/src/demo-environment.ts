import { organizationIdSchema } from '@engagetrack/contracts';
import { z } from 'zod';

/** The variables that describe the demo organization. */
export const demoFields = {
  DEMO_EMAIL: z.email({ error: 'must be an e-mail address such as owner@example.com' }).default('owner@example.com'),
  DEMO_PASSWORD: z.string().min(8, { error: 'must be at least 8 characters' }).optional(),
  DEMO_ORG_ID: organizationIdSchema
    .or(z.never({ error: 'must be an organization id such as org_demo' }))
    .default(organizationIdSchema.parse('org_demo')),
};

export const demoSecrets = ['DEMO_PASSWORD'] as const;
