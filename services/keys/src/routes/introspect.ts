import { parseApiKeyHash } from '@engagetrack/api-key';
import { introspectionRequestSchema, Problem } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../api-key-store.ts';
import { isSameSecret } from '../client-address.ts';
import { readBody } from '../read-body.ts';

/** POST /internal/introspect: what a gateway asks about a key hash, read from the primary. */
export function introspect(store: ApiKeyStore, internalToken: string): RequestHandler {
  return async (req, res) => {
    if (!isSameSecret(req.headers.authorization ?? '', `Bearer ${internalToken}`))
      throw new Problem('invalid_internal_token');
    const { key_hash: text } = await readBody(req, res, introspectionRequestSchema);
    res.set('Cache-Control', 'no-store').json(await store.introspect(parseApiKeyHash(text)));
  };
}
