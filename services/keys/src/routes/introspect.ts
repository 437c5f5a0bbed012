import type { MarkerStore } from '@engagetrack/admission-store';
import { parseApiKeyHash } from '@engagetrack/api-key';
import { introspectionRequestSchema, Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../api-key-store.ts';
import { isSameSecret } from '../client-address.ts';
import { readBody } from '../read-body.ts';

/**
 * POST /internal/introspect: what a gateway asks about a key hash.
 *
 * Before a key is called active, the admission store is told its organization's epoch, so that a store that has lost
 * its memory, or never heard of the organization, can vouch for what was just read from the database.
 */
export function introspect(store: ApiKeyStore, markers: MarkerStore, internalToken: string): RequestHandler {
  return async (req, res) => {
    if (!isSameSecret(req.headers.authorization ?? '', `Bearer ${internalToken}`))
      throw new Problem('invalid_internal_token');
    const { key_hash: text } = await readBody(req, res, introspectionRequestSchema);
    const introspection = await store.introspect(parseApiKeyHash(text));
    if (introspection.active)
      await markers.raiseEpoch(introspection.key.organization_id, introspection.organization.epoch);
    res.set('Cache-Control', 'no-store').json(introspection);
  };
}
