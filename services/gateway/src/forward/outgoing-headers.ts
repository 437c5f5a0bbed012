import { identityHeaders, internalTokenHeader } from '@engagetrack/contracts';
import type { Principal } from '../authenticate.ts';
import type { Exchange } from '../exchange.ts';
import type { Credential } from '../routes/route-table.ts';
import { traceparentFrom } from '../telemetry/trace-context.ts';

/**
 * The request fields of a caller that reach an upstream, beside those of its trace; all others are dropped. Framing is
 * the gateway's own: a length passes, a coding is made anew.
 */
export const requestFields: readonly string[] = [
  'accept',
  'accept-charset',
  'accept-datetime',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-digest',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-length',
  'content-location',
  'content-range',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'range',
  'user-agent',
];

/** Names and values alternately, a byte a character. */
type Fields = string[];

/** Creates the fields for an analytics upstream from nothing, with the identity that it may trust. */
export function fieldsForUpstream(exchange: Exchange, principal: Principal, host: string): Fields {
  const fields = baseFields(exchange, host);
  fields.push(identityHeaders.organizationId, principal.organizationId);
  fields.push(identityHeaders.apiKeyId, principal.keyId);
  fields.push(identityHeaders.scopes, [...principal.scopes].sort().join(' '));
  fields.push(identityHeaders.authType, 'api_key');
  return fields;
}

/**
 * Creates the fields for the key service, which judges the session token itself and trusts a gateway about the client's
 * address. A route without a credential gets none, even if the caller sent one: it might be an API key.
 */
export function fieldsForKeyService(
  exchange: Exchange,
  credential: Credential,
  host: string,
  internalToken: string,
): Fields {
  const fields = baseFields(exchange, host);
  const { authorization } = exchange.req.headers;
  if (credential.kind === 'session' && authorization !== undefined) fields.push('authorization', authorization);
  fields.push(internalTokenHeader, internalToken);
  return fields;
}

function baseFields(exchange: Exchange, host: string): Fields {
  const { req, method, requestId, clientAddress, protocol, publicHost } = exchange;
  const received = req.headers;
  const fields: Fields = ['host', host];
  for (const name of requestFields) {
    const value = received[name];
    if (typeof value === 'string') fields.push(name, value);
  }
  const isChunked = received['transfer-encoding'] !== undefined;
  if (!isChunked && received['content-length'] === undefined && method !== 'GET' && method !== 'HEAD')
    fields.push('content-length', '0');
  const traceparent = traceparentFrom(received.traceparent?.toString());
  if (traceparent !== undefined) fields.push('traceparent', traceparent);
  // W3C Trace Context section 3.3: the state belongs to the caller's own trace and to no other.
  const continued = traceparent !== undefined && traceparent === received.traceparent;
  if (continued && typeof received.tracestate === 'string') fields.push('tracestate', received.tracestate);
  fields.push('x-request-id', requestId, 'x-forwarded-for', clientAddress, 'x-forwarded-proto', protocol);
  if (publicHost !== undefined) fields.push('x-forwarded-host', publicHost);
  return fields;
}
