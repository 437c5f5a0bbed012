import type { IncomingHttpHeaders } from 'node:http';
import { identityHeaders, internalTokenHeader } from '@engagetrack/contracts';
import type { Principal } from './authenticate.ts';
import type { Exchange } from './exchange.ts';
import type { Credential } from './routes/route-table.ts';
import { traceparentFrom } from './trace-context.ts';

/** The request fields of a caller that reach an upstream; all others are dropped. */
const forwardedFields = [
  'accept',
  'accept-charset',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'user-agent',
] as const;

type Outgoing = Record<string, string>;

/** Creates headers for an analytics upstream from nothing, with the identity that it may trust. */
export function headersForUpstream(exchange: Exchange, principal: Principal, host: string): Outgoing {
  const headers = baseHeaders(exchange, host);
  headers[identityHeaders.organizationId] = principal.organizationId;
  headers[identityHeaders.apiKeyId] = principal.keyId;
  headers[identityHeaders.scopes] = [...principal.scopes].sort().join(' ');
  headers[identityHeaders.authType] = 'api_key';
  return headers;
}

/**
 * Creates headers for the key service, which judges the session token itself and trusts a gateway about the client's
 * address. A route without a credential gets none, even if the caller sent one: it might be an API key.
 */
export function headersForKeyService(
  exchange: Exchange,
  credential: Credential,
  host: string,
  internalToken: string,
): Outgoing {
  const headers = baseHeaders(exchange, host);
  const { authorization } = exchange.req.headers;
  if (credential.kind === 'session' && authorization !== undefined) headers.authorization = authorization;
  headers[internalTokenHeader] = internalToken;
  return headers;
}

function baseHeaders(exchange: Exchange, host: string): Outgoing {
  const { req, method, requestId, clientAddress, protocol, publicHost } = exchange;
  const received: IncomingHttpHeaders = req.headers;
  const headers: Outgoing = { host };
  for (const name of forwardedFields) {
    const value = received[name];
    if (typeof value === 'string') headers[name] = value;
  }
  // The only framing besides a length that passes the raw checks.
  if (received['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  else if (received['content-length'] === undefined && method !== 'GET' && method !== 'HEAD')
    headers['content-length'] = '0';
  const traceparent = traceparentFrom(received.traceparent?.toString());
  if (traceparent !== undefined) headers.traceparent = traceparent;
  // W3C Trace Context section 3.3: the state belongs to the caller's own trace and to no other.
  const continued = traceparent !== undefined && traceparent === received.traceparent;
  if (continued && typeof received.tracestate === 'string') headers.tracestate = received.tracestate;
  headers['x-request-id'] = requestId;
  headers['x-forwarded-for'] = clientAddress;
  headers['x-forwarded-proto'] = protocol;
  if (publicHost !== undefined) headers['x-forwarded-host'] = publicHost;
  return headers;
}
