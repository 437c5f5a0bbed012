import { z } from 'zod';
import { apiKeyIdSchema, organizationIdSchema } from './ids.ts';

/**
 * A gateway's request to the key service when Redis does not answer the gateway: to spend units in its place, so that a
 * gateway without Redis goes on counting with all the others. Instants are Unix milliseconds.
 */
export const quotaSpendingRequestSchema = z.strictObject({
  key_id: apiKeyIdSchema,
  organization_id: organizationIdSchema,
  epoch: z.int().nonnegative(),
  expires_at_ms: z.int().nullable(),
  policy: z.strictObject({
    name: z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/),
    quota: z.int().positive(),
    window_seconds: z.int().positive(),
  }),
  units: z.int().positive(),
  /** The gateway's own count of a window. */
  carried: z
    .strictObject({
      window_end_ms: z.int().nonnegative(),
      seen: z.int().nonnegative(),
      unreported: z.int().nonnegative(),
    })
    .nullable(),
});

export const quotaSpendingSchema = z.discriminatedUnion('verdict', [
  z.object({
    verdict: z.literal('spent'),
    /** Units spent in this window, these included. */
    count: z.int().positive(),
    window_end_ms: z.int().positive(),
    now_ms: z.int().positive(),
  }),
  /** Nothing was spent. */
  z.object({ verdict: z.enum(['revoked', 'expired', 'stale', 'untrusted']) }),
]);

export type QuotaSpendingRequest = z.infer<typeof quotaSpendingRequestSchema>;
export type QuotaSpending = z.infer<typeof quotaSpendingSchema>;
