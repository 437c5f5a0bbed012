import type { Route } from '../routes/route-table.ts';
import type { AnswerHead } from './judge-upstream-answer.ts';

/**
 * The fields of an upstream's answer that its caller gets: an allow-list, in the bytes and the order they came in. Beside
 * it every field whose name begins with `content-` passes.
 */
export const answerFields: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'allow',
  'cache-control',
  'date',
  'deprecation',
  'etag',
  'last-modified',
  'link',
  'location',
  'retry-after',
  'server-timing',
  'sunset',
  'vary',
  'warning',
]);

/** The key service's own words beside them; from an analytics upstream they would pass for the gateway's. */
const keyServiceFields: ReadonlySet<string> = new Set(['www-authenticate', 'x-error-code']);

export interface ResponseFieldsOptions {
  readonly route: Pick<Route, 'credential' | 'responseHeaders'>;
  /** Of the API as this caller addresses it: scheme, host and port. */
  readonly origin: string;
}

/** @returns names and values alternately; `Content-Length` comes last. */
export function responseFields(
  { status, fields: received }: AnswerHead,
  { route, origin }: ResponseFieldsOptions,
): string[] {
  const dropped = namedInConnection(received);
  const fields: string[] = [];
  let length: string | undefined;
  let vary = '';
  let cacheControl = '';
  for (let index = 0; index < received.length; index += 2) {
    const name = received[index] ?? '';
    const value = received[index + 1] ?? '';
    const lower = name.toLowerCase();
    if (dropped?.has(lower) || !passes(lower, route)) continue;
    switch (lower) {
      case 'content-length':
        length = value;
        break;
      case 'vary':
        vary = joined(vary, value);
        break;
      case 'cache-control':
        cacheControl = joined(cacheControl, value);
        break;
      case 'location':
        if (leadsInside(value, origin)) fields.push(name, value);
        break;
      default:
        fields.push(name, value);
    }
  }
  if (cacheControl !== '') fields.push('Cache-Control', privateOnly(cacheControl));
  fields.push('Vary', withAuthorization(vary));
  // Last, because node:http writes Content-Disposition in other bytes than it was given once it has seen a length. RFC
  // 9110 section 8.6: a 204 has none.
  if (length !== undefined && status !== 204) fields.push('Content-Length', length);
  return fields;
}

/** RFC 9112 section 6.3: such an answer ends with its head. No field of the head and no later byte changes that. */
export function hasNoBody(method: string, status: number): boolean {
  return method === 'HEAD' || status === 204 || status === 304;
}

function passes(name: string, { credential, responseHeaders }: ResponseFieldsOptions['route']): boolean {
  if (answerFields.has(name) || name.startsWith('content-') || responseHeaders.has(name)) return true;
  return credential.kind !== 'api_key' && keyServiceFields.has(name);
}

/** RFC 9110 section 7.6.1: what `Connection` names was meant for this hop. */
function namedInConnection(received: readonly string[]): ReadonlySet<string> | undefined {
  let names: Set<string> | undefined;
  for (let index = 0; index < received.length; index += 2) {
    if (received[index]?.toLowerCase() !== 'connection') continue;
    names ??= new Set();
    for (const token of received[index + 1]?.split(',') ?? []) names.add(token.trim().toLowerCase());
  }
  return names;
}

function joined(before: string, value: string): string {
  return before === '' ? value : `${before}, ${value}`;
}

/** An upstream that redirects to its own address would tell it, and to a foreign one would send callers there. */
function leadsInside(location: string, origin: string): boolean {
  const base = URL.canParse(origin) ? origin : 'http://api.invalid';
  return URL.canParse(location, base) && new URL(location, base).origin === new URL(base).origin;
}

/** Two callers of one URL may get different answers (RFC 9110 section 12.5.5). */
function withAuthorization(vary: string): string {
  if (vary === '') return 'Authorization';
  const names = vary.split(',').map((name) => name.trim().toLowerCase());
  return names.includes('*') || names.includes('authorization') ? vary : `${vary}, Authorization`;
}

/** The directives that let a shared cache keep an answer to a request with Authorization (RFC 9111 section 3.5). */
const opensSharedCaches = /^(?:public|must-revalidate|proxy-revalidate|s-maxage=.*)$/i;

/** An answer to one key must not be kept by a cache that serves others. */
function privateOnly(cacheControl: string): string {
  const directives = cacheControl.split(',').map((directive) => directive.trim());
  const isPrivate = directives.some((directive) => /^private$/i.test(directive));
  if (!directives.some((directive) => opensSharedCaches.test(directive))) return cacheControl;
  const kept = directives.filter((directive) => !/^(?:public|proxy-revalidate|s-maxage=.*)$/i.test(directive));
  return isPrivate ? kept.join(', ') : ['private', ...kept].join(', ');
}
