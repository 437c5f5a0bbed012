import { apiKeyIdSchema, Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../api-key-store.ts';
import type { AuthorizeMember } from '../authorize-member.ts';
import { apiKeyUsageBody } from '../usage-bodies.ts';
import { parseUsageSpan } from '../usage-span.ts';
import type { UsageStore } from '../usage-store.ts';

export interface ShowApiKeyUsageParts {
  readonly authorize: AuthorizeMember;
  readonly store: ApiKeyStore;
  readonly usage: UsageStore;
  readonly now: () => number;
}

/** GET /organizations/{organizationId}/api-keys/{keyId}/usage: one key's requests, hour by hour. */
export function showApiKeyUsage({ authorize, store, usage, now }: ShowApiKeyUsageParts): RequestHandler {
  return async (req, res) => {
    const { organization } = await authorize(req);
    const keyId = apiKeyIdSchema.safeParse(req.params.keyId);
    const key = keyId.data && (await store.find(organization.id, keyId.data));
    if (key === undefined) throw new Problem('not_found', { reason: 'no_key' });
    const span = parseUsageSpan(req.query, now());
    const rows = await usage.listHours(organization.id, key.id, span);
    res.set('Cache-Control', 'no-store').json(apiKeyUsageBody(span, rows));
  };
}
