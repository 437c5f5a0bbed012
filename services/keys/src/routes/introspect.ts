import { parseApiKeyHash } from '@engagetrack/api-key';
import { introspectionRequestSchema } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { ApiKeyStore } from '../api-key-store.ts';
import type { AuthenticateGateway } from '../authenticate-gateway.ts';
import { readBody } from '../read-body.ts';

/** POST /internal/introspect: a gateway asks about a key hash; the answer comes from the primary. */
export function introspect(authenticate: AuthenticateGateway, store: ApiKeyStore): RequestHandler {
  return async (req, res) => {
    authenticate(req);
    const { key_hash: text } = await readBody(req, res, introspectionRequestSchema);
    res.set('Cache-Control', 'no-store').json(await store.introspect(parseApiKeyHash(text)));
  };
}
