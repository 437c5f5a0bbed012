import type { IncomingHttpHeaders } from 'node:http';
import {
  type ApiKeyId,
  apiKeyIdSchema,
  identityHeaders,
  type OrganizationId,
  organizationIdSchema,
  Problem,
} from '@engagetrack/contracts';
import { z } from 'zod';

/** Who calls, as the gateway says. Nothing else in a request is believed. */
export interface Identity {
  readonly organizationId: OrganizationId;
  readonly apiKeyId: ApiKeyId;
  readonly scopes: readonly string[];
  readonly authType: 'api_key';
}

const identitySchema = z.object({
  [identityHeaders.organizationId]: organizationIdSchema,
  [identityHeaders.apiKeyId]: apiKeyIdSchema,
  [identityHeaders.authType]: z.literal('api_key'),
  [identityHeaders.scopes]: z.string().default(''),
});

/**
 * The identity that a request carries. A header sent twice reaches us joined by a comma, which no id matches.
 * @throws Problem 401 when it is not whole: the request did not come through the gateway.
 */
export function parseIdentity(headers: IncomingHttpHeaders): Identity {
  const parsed = identitySchema.safeParse(headers);
  if (!parsed.success) throw new Problem('invalid_key', { text: 'Missing identity', reason: 'missing_identity' });
  return {
    organizationId: parsed.data[identityHeaders.organizationId],
    apiKeyId: parsed.data[identityHeaders.apiKeyId],
    scopes: parsed.data[identityHeaders.scopes].split(' ').filter((scope) => scope !== ''),
    authType: parsed.data[identityHeaders.authType],
  };
}
