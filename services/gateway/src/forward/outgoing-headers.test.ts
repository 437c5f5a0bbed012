import { readFileSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { apiKeyIdSchema, organizationIdSchema, type Scope } from '@engagetrack/contracts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createFailedAuthenticationLimit } from '../admission/failed-authentication-limit.ts';
import { createAuthenticate, type Principal } from '../authenticate.ts';
import type { Exchange } from '../exchange.ts';
import { createKeyDirectory } from '../keys/key-directory.ts';
import { fieldsForKeyService, fieldsForUpstream, requestFields } from './outgoing-headers.ts';

const host = 'stats.internal:8080';
const ours = {
  host,
  'x-request-id': 'request-0001',
  'x-forwarded-for': '203.0.113.1',
  'x-forwarded-proto': 'https',
} as const;

/** By name; a name that occurs twice fails. */
function byName(fields: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? '';
    expect(headers).not.toHaveProperty(name);
    headers[name] = fields[index + 1] ?? '';
  }
  return headers;
}

const headersForUpstream = (...[exchange, principal, host]: Parameters<typeof fieldsForUpstream>) =>
  byName(fieldsForUpstream(exchange, principal, host));
const headersForKeyService = (...[exchange, credential, host, token]: Parameters<typeof fieldsForKeyService>) =>
  byName(fieldsForKeyService(exchange, credential, host, token));

describe('fieldsForUpstream', () => {
  let principal: Principal;
  beforeAll(async () => {
    principal = await authenticated(['visitors:read', 'goals:write', 'analytics:read']);
  });
  const identity = {
    'x-org-id': 'org_a',
    'x-api-key-id': 'key_1',
    'x-auth-scopes': 'analytics:read goals:write visitors:read',
    'x-auth-type': 'api_key',
  };

  it('are the identity and the gateway’s own for a request without fields', () => {
    expect(headersForUpstream(exchange('GET', {}), principal, host)).toEqual({ ...ours, ...identity });
  });

  it('carry exactly the documented fields of a request with all fields', () => {
    const forwarded = {
      accept: 'application/json',
      'accept-charset': 'utf-8',
      'accept-datetime': 'Sat, 14 Mar 2026 12:00:00 GMT',
      'accept-encoding': 'gzip',
      'accept-language': 'de',
      'cache-control': 'no-cache',
      'content-digest': 'sha-256=:AA==:',
      'content-disposition': 'attachment',
      'content-encoding': 'gzip',
      'content-language': 'de',
      'content-length': '7',
      'content-location': '/a',
      'content-range': 'bytes 0-1/2',
      'content-type': 'application/json',
      'idempotency-key': 'a-1',
      'if-match': '"1"',
      'if-modified-since': 'Sat, 14 Mar 2026 12:00:00 GMT',
      'if-none-match': '"2"',
      'if-range': '"3"',
      'if-unmodified-since': 'Sat, 14 Mar 2026 12:00:00 GMT',
      'last-event-id': '41',
      range: 'bytes=0-9',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'vendor=1',
      'user-agent': 'reader/1',
    };
    const withheld = {
      authorization: 'Bearer secret',
      connection: 'close',
      'content-security-policy': 'x',
      cookie: 'a=b',
      expect: '100-continue',
      forwarded: 'for=10.9.9.9',
      origin: 'https://example.test',
      pragma: 'no-cache',
      'proxy-authorization': 'Basic x',
      referer: 'https://example.test/',
      te: 'trailers',
      trailer: 'x',
      'x-api-key': 'x',
      'x-forwarded-for': '10.9.9.9',
      'x-internal-token': 'guess',
      'x-org-id': 'org_victim',
      'x-real-ip': '10.9.9.9',
    };
    expect(headersForUpstream(exchange('POST', { ...forwarded, ...withheld }), principal, host)).toEqual({
      ...ours,
      ...identity,
      ...forwarded,
    });
  });

  it('are the fields that docs/http-api.md names', () => {
    const document = readFileSync(new URL('../../../../docs/http-api.md', import.meta.url), 'utf8');
    const [, list = ''] = /these pass as they came: (.*?)\./s.exec(document) ?? [];
    expect([...list.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name)).toEqual(requestFields);
  });

  it('name the configured public host beside the upstream’s own, and never the one that came', () => {
    const received = exchange('GET', { host: 'evil.test', 'x-forwarded-host': 'evil.test' });
    const headers = headersForUpstream({ ...received, publicHost: 'api.test' }, principal, host);
    expect([headers.host, headers['x-forwarded-host']]).toEqual([host, 'api.test']);
    expect(headersForUpstream(received, principal, host)).not.toHaveProperty('x-forwarded-host');
  });

  it.each([
    ['GET', {}, {}],
    ['HEAD', {}, {}],
    ['DELETE', {}, { 'content-length': '0' }],
    ['POST', {}, { 'content-length': '0' }],
    ['POST', { 'content-length': '5' }, { 'content-length': '5' }],
    // The transport frames a body without a length.
    ['POST', { 'transfer-encoding': 'Chunked' }, {}],
  ])('frame %s with %j as %j', (method, received, framing) => {
    expect(headersForUpstream(exchange(method, received), principal, host)).toEqual({
      ...ours,
      ...identity,
      ...framing,
    });
  });

  it('drop the state of a trace that they do not continue (W3C Trace Context, section 3.3)', () => {
    const broken = headersForUpstream(exchange('GET', { traceparent: 'x', tracestate: 'vendor=1' }), principal, host);
    expect(broken.traceparent).toMatch(/^00-/);
    expect(broken).not.toHaveProperty('tracestate');
    const alone = headersForUpstream(exchange('GET', { tracestate: 'vendor=1' }), principal, host);
    expect(alone).not.toHaveProperty('tracestate');
  });
});

describe('fieldsForKeyService', () => {
  const internalToken = 'the-internal-token';
  const received = { authorization: 'Bearer et_session_x', cookie: 'a=b', 'x-org-id': 'org_victim' };

  it('carry the session token untouched, the internal token and no identity', () => {
    expect(headersForKeyService(exchange('GET', received), { kind: 'session' }, host, internalToken)).toEqual({
      ...ours,
      authorization: 'Bearer et_session_x',
      'x-internal-token': internalToken,
    });
  });

  it('carry no credential to a route that needs none', () => {
    const headers = headersForKeyService(exchange('GET', received), { kind: 'none' }, host, internalToken);
    expect(headers).toEqual({ ...ours, 'x-internal-token': internalToken });
  });
});

function exchange(method: string, headers: Readonly<Record<string, string>>): Exchange {
  const req = new IncomingMessage(new Socket());
  req.headers = headers;
  const requestId = 'request-0001';
  const nothingYet = { route: undefined, principal: undefined, policy: undefined, reason: undefined };
  return {
    req,
    res: new ServerResponse(req),
    method,
    target: { path: '/a', raw: '/a' },
    requestId,
    keyHash: undefined,
    clientAddress: '203.0.113.1',
    protocol: 'https',
    publicHost: undefined,
    quota: undefined,
    expectsContinue: false,
    line: { requestId, startedAtMs: 0, forwardedAtMs: undefined, ...nothingYet, isCounted: false, cutFor: undefined },
  };
}

/** Makes a principal as in production, with authenticate. */
async function authenticated(scopes: Scope[]): Promise<Principal> {
  const now = (): number => 0;
  const organizationId = organizationIdSchema.parse('org_a');
  const key = { id: apiKeyIdSchema.parse('key_1'), organization_id: organizationId, scopes, expires_at: null };
  const organization = { plan: 'startup', epoch: 1 } as const;
  const directory = createKeyDirectory({
    knownKeysMax: 1_000,
    introspect: async () => ({ active: true, key, organization, as_of: '2026-03-14T12:00:00Z' }),
    monotonicNow: now,
    storeTimeMs: now,
  });
  const authenticate = createAuthenticate({
    directory,
    admit: async (_hash, known, policyFor) => ({
      kind: 'admitted',
      key: known,
      quota: { policy: policyFor(known), spent: { verdict: 'spent', count: 1, windowEndMs: 60_000, nowMs: 0 } },
      decidedAtMs: 0,
    }),
    failures: createFailedAuthenticationLimit(1, now),
  });
  const { principal } = await authenticate({
    keyHash: hashApiKey(generateApiKey()),
    hasAuthorization: true,
    address: '203.0.113.1',
    hasLeft: () => false,
    policyFor: () => ({ name: 'standard', quota: 600, windowSeconds: 60 }),
  });
  return principal;
}
