import { z } from 'zod';
import { apiKeyIdSchema, organizationIdSchema, userIdSchema } from './ids.ts';
import { planSchema } from './plans.ts';
import { scopeSchema } from './scopes.ts';

/** The key service's public answers. Instants are RFC 3339 in UTC, `…Z`. */

export const roles = ['owner', 'admin', 'member'] as const;
export const roleSchema = z.enum(roles);
export type Role = z.infer<typeof roleSchema>;

/** An organization as one of its members sees it. */
export const organizationSchema = z.strictObject({
  id: organizationIdSchema,
  name: z.string(),
  plan: planSchema,
  role: roleSchema,
});
export type OrganizationBody = z.infer<typeof organizationSchema>;

export const userSchema = z.strictObject({ id: userIdSchema, email: z.string(), name: z.string() });

export const sessionSchema = z.strictObject({ user: userSchema, organizations: z.array(organizationSchema) });
export type SessionBody = z.infer<typeof sessionSchema>;

export const loginSchema = z.strictObject({
  token: z.string(),
  token_type: z.literal('Bearer'),
  expires_at: z.iso.datetime(),
  user: userSchema,
  organizations: z.array(organizationSchema),
});
export type LoginBody = z.infer<typeof loginSchema>;

/** One entry of the list of keys: never the key, never its hash. */
export const apiKeySchema = z.strictObject({
  id: apiKeyIdSchema,
  name: z.string(),
  preview: z.string().regex(/^et_live_\.\.\.[0-9a-f]{4}$/),
  scopes: z.array(scopeSchema).min(1),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
  last_used_at: z.iso.datetime().nullable(),
});
export type ApiKeyBody = z.infer<typeof apiKeySchema>;

export const apiKeyListSchema = z.strictObject({ data: z.array(apiKeySchema), next_cursor: z.string().nullable() });
export type ApiKeyListBody = z.infer<typeof apiKeyListSchema>;

export const apiKeyStatuses = ['active', 'expired', 'revoked'] as const;
export type ApiKeyStatus = (typeof apiKeyStatuses)[number];

/** One entry of the list of keys in one state, with the key's creator and the instant of its revocation. */
export const apiKeyRecordSchema = apiKeySchema.extend({
  created_by: z.strictObject({ id: userIdSchema, name: z.string() }),
  revoked_at: z.iso.datetime().nullable(),
});
export type ApiKeyRecordBody = z.infer<typeof apiKeyRecordSchema>;

export const apiKeyRecordListSchema = apiKeyListSchema.extend({ data: z.array(apiKeyRecordSchema) });
export type ApiKeyRecordListBody = z.infer<typeof apiKeyRecordListSchema>;

/** The only answer that shows the key. */
export const createdApiKeySchema = z.strictObject({
  id: apiKeyIdSchema,
  name: z.string(),
  key: z.string().regex(/^et_live_[0-9a-f]{32}$/),
  preview: z.string(),
  scopes: z.array(scopeSchema).min(1),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable(),
});
export type CreatedApiKeyBody = z.infer<typeof createdApiKeySchema>;
