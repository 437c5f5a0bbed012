import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cookieOf, type DashboardHarness, internalToken, startDashboard } from './harness.ts';

const keys = '/api/v1/organizations/org_a/api-keys';

describe('/api', () => {
  let dashboard: DashboardHarness;
  let cookie: string;
  beforeAll(async () => {
    dashboard = await startDashboard();
    cookie = cookieOf(await dashboard.logIn());
  });
  afterAll(() => dashboard.stop());

  it('sends the session token instead of the cookie, and nothing else of the browser’s head', async () => {
    const body = { name: 'Data warehouse sync', scopes: ['sites:read'], expires_at: null };
    const answer = await dashboard
      .change('post', keys)
      .set({
        Cookie: `other=1; ${cookie}`,
        Authorization: 'Bearer forged',
        'X-Forwarded-For': '203.0.113.9',
        'X-Org-Id': 'org_b',
      })
      .set('Idempotency-Key', 'dialog-0001')
      .send(body);
    expect([answer.status, answer.body]).toEqual([200, { echoed: JSON.stringify(body) }]);
    const seen = dashboard.seenByKeyService.at(-1);
    expect([seen?.method, seen?.url, seen?.headers.authorization]).toEqual([
      'POST',
      keys,
      `Bearer ${cookie.split('=')[1]}`,
    ]);
    expect(Object.keys(seen?.headers ?? {}).sort()).toEqual([
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'idempotency-key',
      'x-request-id',
    ]);
    expect(answer.headers['x-request-id']).toBe(seen?.headers['x-request-id']);
  });

  it('shows the key service’s status and body, and only the listed fields of its head', async () => {
    const { headers } = await dashboard.get(keys).set('Cookie', cookie);
    expect([headers['set-cookie'], headers.server, headers['cache-control']]).toEqual([
      undefined,
      undefined,
      'no-store',
    ]);
    const without = await dashboard.get(keys);
    expect([without.status, without.text, without.headers['x-error-code']]).toEqual([
      401,
      '{"error":"Invalid or expired session"}',
      'invalid_session',
    ]);
  });

  it('forwards queries about usage and about keys in one state byte for byte', async () => {
    for (const target of [
      '/api/v1/organizations/org_a/api-key-usage',
      `${keys}/key_1/usage?from=2026-03-14T00%3A00%3A00Z&to=2026-03-14T12%3A00%3A00%2B01%3A00&bucket=hour`,
      `${keys}?status=revoked`,
    ]) {
      expect((await dashboard.get(target).set('Cookie', cookie)).status).toBe(200);
      expect(dashboard.seenByKeyService.at(-1)?.url).toBe(target);
    }
  });

  it('refuses paths, framings and lengths that could mean two things, before the key service gets them', async () => {
    const before = dashboard.seenByKeyService.length;
    const refused = ['/..', '/%2e%2e/x', '//x', ';x', '/key_1/', '/a%2fb', '?cursor=%zz', '?cursor=<x>'];
    for (const end of refused)
      expect([end, await statusOf(dashboard, `GET ${keys}${end} HTTP/1.1`)]).toEqual([end, 400]);
    expect(await statusOf(dashboard, `POST ${keys} HTTP/1.1`, ['Transfer-Encoding: chunked'], '0\r\n\r\n')).toBe(400);
    expect(await statusOf(dashboard, `POST ${keys} HTTP/1.1`, ['Content-Length: 70000'])).toBe(413);
    expect(dashboard.seenByKeyService.length).toBe(before);
    expect((await dashboard.get(`${keys}?limit=50&cursor=a.b-c%3D`).set('Cookie', cookie)).status).toBe(200);
  });

  it('survives an upgrade, a Trailer and an Expect, and sends none of them on', async () => {
    await statusOf(dashboard, `GET ${keys} HTTP/1.1`, ['Connection: Upgrade', 'Upgrade: websocket']);
    await statusOf(dashboard, `GET ${keys} HTTP/1.1`, ['Trailer: x', 'Expect: 100-continue']);
    const seen = dashboard.seenByKeyService.slice(-2).flatMap(({ headers }) => Object.keys(headers));
    expect(seen).not.toEqual(expect.arrayContaining(['upgrade']));
    expect(seen).not.toEqual(expect.arrayContaining(['trailer']));
    expect(seen).not.toEqual(expect.arrayContaining(['expect']));
    expect((await dashboard.get('/')).status).toBe(200);
  });

  it('forwards requests about organizations and the session only', async () => {
    const before = dashboard.seenByKeyService.length;
    for (const path of [
      '/api/v1/auth/login',
      '/api/v1',
      '/api/v2/organizations/org_a',
      '/api/internal/introspect',
      '/internal/introspect',
    ])
      expect((await dashboard.get(path)).status).toBe(404);
    expect(dashboard.seenByKeyService.length).toBe(before);
  });

  it('says 503 with a request id while the key service does not answer', async () => {
    const alone = await startDashboard();
    await alone.stopKeyService();
    const answer = await alone.get(keys);
    expect([answer.status, answer.text]).toEqual([503, '{"error":"Service temporarily unavailable"}']);
    expect(answer.headers['x-request-id']).toBeDefined();
    await alone.stop();
  });

  it('sends the browser’s address to the key service, with the internal token', async () => {
    const trusted = await startDashboard({ internalToken, trustedHops: 1 });
    await trusted.logIn().set('X-Forwarded-For', '198.51.100.7, 203.0.113.9');
    await trusted.logIn();
    // A dual-stack load balancer's spelling of 203.0.113.9; the key service must not count it as another caller.
    await trusted.logIn().set('X-Forwarded-For', '::FFFF:203.0.113.9');
    await trusted.logIn().set('X-Forwarded-For', '203.0.113.9:40000');
    const seen = trusted.seenByKeyService.map(({ headers }) => [
      headers['x-internal-token'],
      headers['x-forwarded-for'],
    ]);
    expect(seen).toEqual([
      [internalToken, '203.0.113.9'],
      [internalToken, '127.0.0.1'],
      [internalToken, '203.0.113.9'],
      [internalToken, '203.0.113.9'],
    ]);
    await trusted.stop();
  });

  it('believes the balancers that it was told of, and no other', async () => {
    for (const [trustedProxies, seen] of [
      [['127.0.0.0/8', '10.0.0.0/8'], '203.0.113.9'],
      [['10.0.0.0/8'], '127.0.0.1'],
    ] as const) {
      const dashboard = await startDashboard({ internalToken, trustedProxies });
      await dashboard.logIn().set('X-Forwarded-For', '198.51.100.7, 203.0.113.9:40000, 10.1.1.1');
      expect(dashboard.seenByKeyService.map(({ headers }) => headers['x-forwarded-for'])).toEqual([seen]);
      await dashboard.stop();
    }
  });
});

/** A request whose bytes no client library would send. */
function statusOf(
  { url }: DashboardHarness,
  requestLine: string,
  headers: readonly string[] = [],
  body = '',
): Promise<number> {
  const { host, hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(5_000, () => socket.destroy(new Error('No answer in five seconds')));
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString())?.[1]));
    });
    socket.write(`${[requestLine, `Host: ${host}`, `Origin: http://${host}`, ...headers].join('\r\n')}\r\n\r\n${body}`);
  });
}
