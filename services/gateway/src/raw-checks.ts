import type { IncomingMessage } from 'node:http';
import { Problem } from '@engagetrack/contracts';
import { hostPattern } from './public-host.ts';

/**
 * Judges the raw header lines, before any look-up: node:http merges, drops and accepts more than two parties on a
 * connection may safely read differently.
 */
export interface RawRequest {
  readonly httpVersion: string;
  readonly method: string;
  /** Names and values alternately, as they came. */
  readonly rawHeaders: readonly string[];
}

/**
 * Fields. More are refused with 431. The server's own limit is higher (listener.ts), so that node:http drops none
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

const connectionTokens: ReadonlySet<string> = new Set(['close', 'keep-alive']);
/**
 * RFC 9110 section 9.3: a body has no meaning in these methods, and some readers leave it on the wire as the next
 * request.
 */
const bodylessMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'TRACE']);

/** @throws Problem 431 for too many fields, 400 for bytes that two readers could read as different requests. */
export function checkRawRequest({ httpVersion, method, rawHeaders }: RawRequest): void {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') refuse('http_version');
  if (rawHeaders.length > 2 * headerCountMax) throw new Problem('headers_too_large');
  const fields = readFields(rawHeaders);
  checkHost(fields.get('host'), httpVersion);
  checkFraming(fields, httpVersion);
  const hasBody = fields.has('transfer-encoding') || Number(fields.get('content-length') ?? 0) > 0;
  if (hasBody && bodylessMethods.has(method)) refuse('unexpected_body');
  checkUpgrade(fields.get('upgrade'), hasBody);
  checkConnection(fields);
}

export function rawRequestOf(req: IncomingMessage): RawRequest {
  return { httpVersion: req.httpVersion, method: req.method ?? '', rawHeaders: req.rawHeaders };
}

/** Field values by lower-case name; a Map, because a caller may name a field `constructor`. */
function readFields(rawHeaders: readonly string[]): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    // Some readers take "_" and "." for "-", which would let X_Org_Id stand in for X-Org-Id.
    if (name.includes('_') || name.includes('.')) refuse('header_name');
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
 * RFC 9110 section 7.8: an offer of h2c may be ignored; Java's client makes it on every plain connection. Behind a body
 * the protocol of the next bytes would be unclear, and any other protocol would bypass this gateway.
 */
function checkUpgrade(upgrade: string | undefined, hasBody: boolean): void {
  if (upgrade !== undefined && (hasBody || !isH2c(upgrade))) refuse('upgrade');
}

export function isH2c(upgrade: string | undefined): boolean {
  return upgrade?.trim().toLowerCase() === 'h2c';
}

/** The next hop may delete a field that Connection names, so it must not name one of ours. */
function checkConnection(fields: ReadonlyMap<string, string>): void {
  const offersH2c = isH2c(fields.get('upgrade'));
  for (const token of (fields.get('connection') ?? '').toLowerCase().split(',')) {
    const name = token.trim();
    if (name === '' || connectionTokens.has(name)) continue;
    if (name === 'te' && fields.has('te')) continue;
    if (offersH2c && (name === 'upgrade' || name === 'http2-settings')) continue;
    refuse('connection');
  }
}

function refuse(reason: string): never {
  throw new Problem('bad_request', { reason });
}
