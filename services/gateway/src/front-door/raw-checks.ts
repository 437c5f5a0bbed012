import type { IncomingMessage } from 'node:http';
import { identityHeaders, internalTokenHeader, Problem } from '@engagetrack/contracts';
import { hostPattern } from './public-host.ts';

/**
 * Judges the raw header lines, before any look-up: node:http merges, drops and accepts more than two parties on a
 * connection may safely read differently.
 */
export interface RawRequest {
  readonly httpVersion: string;
  /** Names and values alternately, as they came. */
  readonly rawHeaders: readonly string[];
}

/**
 * Fields. More are refused with 431. The server's own limit is higher (server.ts), so that node:http drops none
 * silently.
 */
export const headerCountMax = 100;

/** Fields whose second line would make the meaning of the request depend on its reader. */
const singletons: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'expect',
  'upgrade',
  'x-request-id',
  'traceparent',
  'idempotency-key',
  'range',
  'if-range',
]);

const usualConnections: ReadonlySet<string> = new Set(['close', 'keep-alive']);
const token = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** Fields that this gateway reads, forwards or makes. */
const ownFields: ReadonlySet<string> = new Set([
  ...['accept', 'authorization', 'cache-control', 'expect', 'host', 'idempotency-key', 'last-event-id', 'range'],
  ...['traceparent', 'tracestate', 'transfer-encoding', 'user-agent', 'x-request-id'],
  ...[...Object.values(identityHeaders), internalTokenHeader],
]);
const ownPrefixes = /^(?:accept|content|if|x-forwarded)-/;

/** @throws Problem 431 for too many fields, 400 for bytes that two readers could read as different requests. */
export function checkRawRequest({ httpVersion, rawHeaders }: RawRequest): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') refuse('http_version');
  if (rawHeaders.length > 2 * headerCountMax) throw new Problem('headers_too_large');
  const fields = readFields(rawHeaders);
  checkHost(fields.get('host'), httpVersion);
  checkFraming(fields, httpVersion);
  checkUpgrade(fields.get('upgrade'));
  checkConnection(fields.get('connection'));
}

export function rawRequestOf(req: IncomingMessage): RawRequest {
  return { httpVersion: req.httpVersion, rawHeaders: req.rawHeaders };
}

/**
 * Field values by lower-case name; a Map, because a caller may name a field `constructor`. A name is compared whole:
 * `X_Org_Id`, which some readers take for `X-Org-Id`, is an unknown field here and is never forwarded.
 */
function readFields(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (fields.has(name) && singletons.has(name)) refuse(`duplicate_${name}`);
    fields.set(name, fields.has(name) ? `${fields.get(name)}, ${rawHeaders[i + 1] ?? ''}` : (rawHeaders[i + 1] ?? ''));
  }
  return fields;
}

/** RFC 9112 section 3.2: exactly one Host in HTTP/1.1; HTTP/1.0 needs none. */
function checkHost(host: string | undefined, httpVersion: string): void {
  if (host === undefined ? httpVersion === '1.1' : !hostPattern.test(host)) refuse('host');
  const port = host?.slice(host.lastIndexOf(']') + 1).split(':')[1];
  if (port !== undefined && Number(port) > 65_535) refuse('host');
}

/** RFC 9112 section 6: one framing, of a form that every reader knows. */
function checkFraming(fields: ReadonlyMap<string, string>, httpVersion: string): void {
  const transferEncoding = fields.get('transfer-encoding');
  const contentLength = fields.get('content-length');
  if (transferEncoding !== undefined) {
    if (httpVersion === '1.0' || contentLength !== undefined) refuse('framing');
    if (transferEncoding.toLowerCase() !== 'chunked') refuse('transfer_encoding');
  }
  // Without leading zeros, because some readers then take it for an octal number.
  if (contentLength !== undefined && !/^(?:0|[1-9][0-9]{0,14})$/.test(contentLength)) refuse('content_length');
}

/**
 * RFC 9110 section 7.8: an offer of h2c may be ignored; Java's client makes it on every plain connection. Any other
 * protocol would bypass this gateway.
 */
function checkUpgrade(upgrade: string | undefined): void {
  if (upgrade !== undefined && !isH2c(upgrade)) refuse('upgrade');
}

export function isH2c(upgrade: string | undefined): boolean {
  return upgrade?.trim().toLowerCase() === 'h2c';
}

/**
 * RFC 9110 section 7.6.1: a field that Connection names ends here. Unknown names mean nothing, because such fields are
 * not forwarded anyway, and neither is Connection. A name of ours asks for a request without that field, which is
 * another request than the one that was judged.
 */
function checkConnection(connection: string | undefined): void {
  if (connection === undefined || usualConnections.has(connection)) return;
  for (const option of connection.toLowerCase().split(',')) {
    const name = option.trim();
    if (name !== '' && (!token.test(name) || ownFields.has(name) || ownPrefixes.test(name))) refuse('connection');
  }
}

function refuse(reason: string): never {
  throw new Problem('bad_request', { reason });
}
