import {
  type ApiKeyId,
  type ApiKeyRecordListBody,
  type ApiKeyStatus,
  apiKeyRecordListSchema,
  type CreatedApiKeyBody,
  createdApiKeySchema,
  type OrganizationBody,
  type OrganizationId,
  type OrganizationUsageBody,
  organizationSchema,
  organizationUsageSchema,
  type Plan,
  type Scope,
  type SessionBody,
  sessionSchema,
} from '@engagetrack/contracts';
import { z } from 'zod';
import { ask } from './ask.ts';

/** Every request of the pages on one screen. */

const loggedInSchema = sessionSchema.extend({ expires_at: z.string() });
const nothing = z.undefined();

export async function logIn(email: string, password: string): Promise<SessionBody> {
  const body = { email, password };
  const { user, organizations } = await ask('/api/v1/auth/login', { method: 'POST', body, schema: loggedInSchema });
  return { user, organizations };
}

export async function logOut(): Promise<void> {
  await ask('/api/v1/auth/logout', { method: 'POST', schema: nothing });
}

export function showSession(): Promise<SessionBody> {
  return ask('/api/v1/auth/session', { schema: sessionSchema });
}

export function listApiKeys(organizationId: OrganizationId, status: ApiKeyStatus): Promise<ApiKeyRecordListBody> {
  return ask(`/api/v1/organizations/${organizationId}/api-keys?status=${status}`, { schema: apiKeyRecordListSchema });
}

export function showUsage(organizationId: OrganizationId): Promise<OrganizationUsageBody> {
  return ask(`/api/v1/organizations/${organizationId}/api-key-usage`, { schema: organizationUsageSchema });
}

export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expires_at: string | null;
}

/**
 * @param idempotencyKey one for each opened dialog. The key service creates a key for every request that reaches it, so
 * a dialog sends one at a time, and says so when the outcome is unknown.
 */
export function createApiKey(
  organizationId: OrganizationId,
  key: NewApiKey,
  idempotencyKey: string,
): Promise<CreatedApiKeyBody> {
  return ask(`/api/v1/organizations/${organizationId}/api-keys`, {
    method: 'POST',
    body: key,
    headers: { 'idempotency-key': idempotencyKey },
    schema: createdApiKeySchema,
  });
}

export async function revokeApiKey(organizationId: OrganizationId, keyId: ApiKeyId): Promise<void> {
  await ask(`/api/v1/organizations/${organizationId}/api-keys/${keyId}`, { method: 'DELETE', schema: nothing });
}

export function changePlan(organizationId: OrganizationId, plan: Plan): Promise<OrganizationBody> {
  return ask(`/api/v1/organizations/${organizationId}/plan`, {
    method: 'PUT',
    body: { plan },
    schema: organizationSchema,
  });
}

const testAnswerSchema = z.object({
  request: z.string(),
  status: z.number(),
  error: z.string().nullable(),
  limit: z.string().nullable(),
  remaining: z.string().nullable(),
  reset: z.string().nullable(),
});
export type TestAnswer = z.infer<typeof testAnswerSchema>;

/** Lists the organization's sites with the key, through the gateway. */
export function sendTestRequest(organizationId: OrganizationId, key: string): Promise<TestAnswer> {
  const body = { organization_id: organizationId, key };
  return ask('/api/test-request', { method: 'POST', body, schema: testAnswerSchema });
}
