import type { IncomingHttpHeaders } from 'node:http';

/**
 * An upstream's response fields as the client gets them: everything but hop-by-hop fields (RFC 9110 section 7.6.1),
 * what `Connection` names, what would tell about the inside, and the fields that are ours to say.
 */
export function responseHeaders(received: IncomingHttpHeaders, status: number): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  const namedInConnection = new Set((received.connection ?? '').split(',').map((token) => token.trim().toLowerCase()));
  for (const name in received) {
    if (withheld.has(name) || tellsOfALimit(name) || namedInConnection.has(name)) continue;
    headers[name] = received[name];
  }
  // RFC 9110 section 8.6: a caller that believed the length would wait for a body that never comes.
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

/** Limits are the gateway's to tell; an upstream's own would contradict them. */
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
