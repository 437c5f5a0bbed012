import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;

describe('an admitted request', () => {
  let gateway: GatewayHarness;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.received.length = 0;
  });

  it('reaches the upstream with its path and query byte for byte', async () => {
    const { authorization } = gateway.issueKey();
    const query = '?period=30d&period=7d&a[]=1&__proto__[x]=1&q=%2e%2e/..&b=1?c=2';
    const answer = await gateway
      .api()
      .get(sites + query)
      .set('authorization', authorization);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('{"data":[]}');
    expect(gateway.received.map(({ method, url }) => [method, url])).toEqual([['GET', sites + query]]);
  });

  it("carries the key's identity exactly once and no identity of the caller's own", async () => {
    const { authorization, keyId } = gateway.issueKey({ scopes: ['sites:read', 'goals:write', 'analytics:read'] });
    const answer = await send(`${gateway.url}${sites}`, {
      authorization,
      'X-Org-Id': 'org_victim',
      'x-api-key-id': 'key_victim',
      'X-AUTH-SCOPES': 'goals:write',
      'x-auth-type': 'internal',
      'x-internal-token': 'guess',
      'x-forwarded-for': '10.9.9.9',
      forwarded: 'for=10.9.9.9',
      'x-real-ip': '10.9.9.9',
      cookie: 'a=b',
      referer: 'https://example.test/?key=1',
      te: 'trailers',
      'x-http-method-override': 'DELETE',
      expect: '100-continue',
      'user-agent': 'reader/1',
      'accept-language': 'de',
      'if-none-match': '"1"',
    });
    expect(answer.status).toBe(200);
    const [request] = gateway.received;
    expect(request?.headers).toEqual({
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      'accept-language': 'de',
      'user-agent': 'reader/1',
      'if-none-match': '"1"',
      'x-request-id': answer.headers['x-request-id'],
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-org-id': organizationA,
      'x-api-key-id': keyId,
      'x-auth-scopes': 'analytics:read goals:write sites:read',
      'x-auth-type': 'api_key',
      connection: 'keep-alive',
    });
    const names = request?.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()) ?? [];
    expect(new Set(names).size).toBe(names.length);
  });

  it('gets the published headers and the draft ones beside them', async () => {
    const { authorization } = gateway.issueKey();
    const answer = await gateway.api().get(`${sites}/site_1/analytics/stats`).set('authorization', authorization);
    const reset = Date.UTC(2026, 2, 14, 12, 1, 0) / 1000;
    expect(answer.headers).toMatchObject({
      'x-ratelimit-limit': '600',
      'x-ratelimit-remaining': '599',
      'x-ratelimit-reset': String(reset),
      'ratelimit-policy': '"analytics";q=600;w=60',
      ratelimit: '"analytics";r=599;t=42',
      vary: 'Authorization',
    });
  });

  it('keeps the caller’s request id where it has the documented form, and makes one otherwise', async () => {
    const { authorization } = gateway.issueKey();
    const kept = await gateway.api().get(sites).set({ authorization, 'x-request-id': 'trace:0123.abc-9' });
    expect(kept.headers['x-request-id']).toBe('trace:0123.abc-9');
    for (const refused of ['short', 'x'.repeat(129), 'has blanks in it', "1234567'--"]) {
      const made = await gateway.api().get(sites).set({ authorization, 'x-request-id': refused });
      expect(made.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
      expect(gateway.received.at(-1)?.headers['x-request-id']).toBe(made.headers['x-request-id']);
    }
  });

  it('forwards a valid traceparent and replaces a broken one', async () => {
    const { authorization } = gateway.issueKey();
    const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await gateway.api().get(sites).set({ authorization, traceparent: valid });
    expect(gateway.received.at(-1)?.headers.traceparent).toBe(valid);
    await gateway.api().get(sites).set({ authorization, traceparent: '00-00000000000000000000000000000000-0-1' });
    expect(gateway.received.at(-1)?.headers.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    await gateway.api().get(sites).set({ authorization });
    expect(gateway.received.at(-1)?.headers).not.toHaveProperty('traceparent');
  });

  it('answers HEAD as GET without the body, for the same scope and one unit', async () => {
    const { authorization } = gateway.issueKey({ scopes: ['sites:read'] });
    const answer = await gateway.api().head(sites).set('authorization', authorization);
    expect(answer.status).toBe(200);
    expect(answer.text).toBeUndefined();
    expect(answer.headers['x-ratelimit-remaining']).toBe('599');
    expect(gateway.received.at(-1)?.method).toBe('HEAD');
  });

  it('takes the scheme in any case', async () => {
    const { key } = gateway.issueKey();
    for (const scheme of ['bearer', 'BEARER'])
      expect((await gateway.api().get(sites).set('authorization', `${scheme} ${key.reveal()}`)).status).toBe(200);
  });

  it('streams a body to the upstream with its own framing', async () => {
    const { authorization } = gateway.issueKey();
    const annotations = `${sites}/site_1/annotations`;
    const answer = await gateway
      .api()
      .post(annotations)
      .set({ authorization, 'content-type': 'application/json' })
      .send('{"date":"2026-11-01","text":"launch"}');
    expect(answer.status).toBe(200);
    const request = gateway.received.at(-1);
    expect(request?.body).toBe('{"date":"2026-11-01","text":"launch"}');
    expect(request?.headers['content-length']).toBe('37');
    expect(request?.headers['content-type']).toBe('application/json');
  });

  it('withholds an upstream’s fields about itself or in our name', async () => {
    const { authorization } = gateway.issueKey();
    gateway.answerUpstreamWith((_req, res) => {
      res.writeHead(201, {
        Server: 'stats/1',
        'X-Powered-By': 'Stats',
        'Set-Cookie': ['a=1', 'b=2'],
        'X-RateLimit-Limit': '1',
        'X-RateLimit-Remaining': '0',
        'RateLimit-Policy': '"inner";q=1',
        Connection: 'close, x-inner',
        'X-Inner': 'secret',
        'X-Request-Id': 'inner-request-id',
        'Cache-Control': 'public, max-age=60, s-maxage=600',
        Vary: 'Accept-Encoding',
        ETag: '"7"',
        Location: '/elsewhere',
      });
      res.end('made');
    });
    const answer = await gateway.api().get(sites).set('authorization', authorization);
    gateway.answerUpstreamWith((_req, res) => res.end('{}'));
    expect(answer.status).toBe(201);
    expect(answer.text).toBe('made');
    expect(answer.headers).toMatchObject({
      'cache-control': 'private, max-age=60',
      vary: 'Accept-Encoding, Authorization',
      etag: '"7"',
      location: '/elsewhere',
      'x-ratelimit-limit': '600',
      'ratelimit-policy': '"standard";q=600;w=60',
    });
    for (const name of ['server', 'x-powered-by', 'set-cookie', 'x-inner'])
      expect(answer.headers).not.toHaveProperty(name);
    expect(answer.headers['x-request-id']).not.toBe('inner-request-id');
  });

  it('passes an upstream’s own errors, redirects and empty answers as they are', async () => {
    const { authorization } = gateway.issueKey();
    for (const status of [204, 302, 304, 401, 403, 404, 429, 500, 503]) {
      gateway.answerUpstreamWith((_req, res) => res.writeHead(status).end());
      const answer = await gateway.api().get(sites).set('authorization', authorization).redirects(0);
      expect(answer.status).toBe(status);
      expect(answer.headers).not.toHaveProperty('x-error-code');
      expect(answer.headers).toHaveProperty('x-ratelimit-limit');
    }
    gateway.answerUpstreamWith((_req, res) => res.end('{}'));
  });

  it('leaves one log line with the route, the key id and no credential', async () => {
    const { authorization, key, keyId } = gateway.issueKey();
    gateway.logLines.length = 0;
    await gateway.api().get(`${sites}?api_key=${key.reveal()}`).set('authorization', authorization);
    const lines = gateway.logLines.filter((line) => line.includes('"at":"request"'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      route: 'sites.list',
      status: 200,
      reason: 'forwarded',
      key_id: keyId,
    });
    expect(lines[0]).not.toContain(key.reveal().slice(8));
  });
});

/** Sends these headers and no others: a client library would react to some of them itself. */
async function send(url: string, headers: Readonly<Record<string, string>>) {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { headers }).on('response', resolve).on('error', reject).end();
  });
  await text(answer);
  return { status: answer.statusCode, headers: answer.headers };
}
