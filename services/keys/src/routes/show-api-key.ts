import { apiKeyIdSchema, Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../api-key-store.ts';
import type { AuthorizeMember } from '../authorize-member.ts';
import { apiKeyBody } from './api-key-body.ts';

/** GET /organizations/{organizationId}/api-keys/{keyId}: one entry of the list. */
export function showApiKey(authorize: AuthorizeMember, store: ApiKeyStore): RequestHandler {
  return async (req, res) => {
    const { organization } = await authorize(req);
    const keyId = apiKeyIdSchema.safeParse(req.params.keyId);
    const key = keyId.data && (await store.find(organization.id, keyId.data));
    if (key === undefined) throw new Problem('not_found', { reason: 'no_key' });
    res.set('Cache-Control', 'no-store').json(apiKeyBody(key));
  };
}
