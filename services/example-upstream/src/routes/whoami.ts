import type { IncomingMessage } from 'node:http';
import type { Identity } from '../identity.ts';

/** Echoes the request as it arrived, which shows the fields that the gateway adds and those that it removes. */
export function whoamiBody(
  req: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'headers'>,
  identity: Identity,
) {
  const target = req.url ?? '';
  const queryStart = target.indexOf('?');
  return {
    organization_id: identity.organizationId,
    api_key_id: identity.apiKeyId,
    scopes: identity.scopes,
    auth_type: identity.authType,
    request_id: req.headers['x-request-id'] ?? null,
    method: req.method,
    // Path and query as they came: this shows that the gateway keeps them byte for byte.
    path: queryStart === -1 ? target : target.slice(0, queryStart),
    query: queryStart === -1 ? '' : target.slice(queryStart + 1),
    headers: everyHeader(req.rawHeaders),
  };
}

/** Every received header by its lower-cased name; a repeated one as the list of its values. */
function everyHeader(rawHeaders: readonly string[]): Readonly<Record<string, string | readonly string[]>> {
  const values = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    const value = rawHeaders[index + 1] ?? '';
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return Object.fromEntries(
    [...values].map(([name, received]) => [name, received.length === 1 ? (received[0] ?? '') : received]),
  );
}
