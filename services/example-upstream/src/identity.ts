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

/** The caller, as the gateway's headers name it. Nothing else in a request is trusted. */
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
 * Parses the identity headers. A header that was sent twice is joined by a comma, which no id matches.
 * @throws Problem 401 when a header is missing or malformed: the request did not come through the gateway.
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
