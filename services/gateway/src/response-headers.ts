import type { IncomingHttpHeaders } from 'node:http';

/**
 * Filters an upstream's response fields for the client: without hop-by-hop fields (RFC 9110 section 7.6.1), fields that
 * `Connection` names, fields that describe the inside, and fields that the gateway sets itself.
 */
export function responseHeaders(received: IncomingHttpHeaders, status: number): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  const namedInConnection = new Set((received.connection ?? '').split(',').map((token) => token.trim().toLowerCase()));
  for (const name in received) {
    if (withheld.has(name) || tellsOfALimit(name) || namedInConnection.has(name)) continue;
    headers[name] = received[name];
  }
  // RFC 9110 section 8.6: a client that trusted the length would wait for a body that never comes.
  if (status === 204) delete headers['content-length'];
  headers.vary = withAuthorization(received.vary);
  if (received['cache-control'] !== undefined) headers['cache-control'] = privateOnly(received['cache-control']);
  return headers;
}

const withheld: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'server',
  'x-powered-by',
  'set-cookie',
  'x-request-id',
]);

/** The gateway alone announces limits; an upstream's own would contradict them. */
function tellsOfALimit(name: string): boolean {
  return name.startsWith('x-ratelimit') || name.startsWith('ratelimit');
}

/** Two callers of one URL may get different answers (RFC 9110 section 12.5.5). */
function withAuthorization(vary: string | undefined): string {
  if (vary === undefined || vary === '') return 'Authorization';
  const names = vary.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes('authorization') ? vary : `${vary}, Authorization`;
}

/** An answer to one key must not be kept by a cache that serves others (RFC 9111 section 5.2.2). */
function privateOnly(cacheControl: string): string {
  const directives = cacheControl.split(',').map((directive) => directive.trim());
  const kept = directives.filter((directive) => !/^(public$|s-maxage=)/i.test(directive));
  if (kept.length === directives.length) return cacheControl;
  return kept.some((directive) => /^private\b/i.test(directive)) ? kept.join(', ') : ['private', ...kept].join(', ');
}
