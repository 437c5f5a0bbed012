import { z } from 'zod';
import { apiKeyIdSchema, organizationIdSchema } from './ids.ts';
import { planSchema } from './plans.ts';
import { scopeSchema } from './scopes.ts';

/**
 * The key service's answer to a gateway that asks about a key hash ("introspection", after RFC 7662).
 * Instants are RFC 3339 in UTC and stem from the database's clock.
 */
export const introspectionRequestSchema = z.strictObject({ key_hash: z.string().regex(/^[0-9a-f]{64}$/) });

export const introspectionSchema = z.discriminatedUnion('active', [
  z.object({
    active: z.literal(true),
    key: z.object({
      id: apiKeyIdSchema,
      organization_id: organizationIdSchema,
      scopes: z.array(scopeSchema).min(1),
      expires_at: z.iso.datetime().nullable(),
    }),
    /** The epoch counts the organization's plan and membership changes: a higher one replaces every older answer. */
    organization: z.object({ plan: planSchema, epoch: z.int().nonnegative() }),
    as_of: z.iso.datetime(),
  }),
  z.object({ active: z.literal(false) }),
]);

export type Introspection = z.infer<typeof introspectionSchema>;
export type ActiveIntrospection = Extract<Introspection, { active: true }>;
