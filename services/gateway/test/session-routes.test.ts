import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const organization = `/api/v1/organizations/${organizationA}`;
const session = `Bearer et_session_${'A'.repeat(43)}`;
const body = '{"error":"Invalid or expired session"}';

/** Every route of the key service that needs a session, with its methods. */
const sessionRoutes = [
  ['post', '/api/v1/auth/logout'],
  ['get', '/api/v1/auth/session'],
  ['get', organization],
  ['put', `${organization}/plan`],
  ['get', `${organization}/api-keys`],
  ['post', `${organization}/api-keys`],
  ['get', `${organization}/api-keys/key_1`],
  ['delete', `${organization}/api-keys/key_1`],
  ['get', `${organization}/api-keys/key_1/usage`],
  ['get', `${organization}/api-key-usage`],
] as const;

describe('the routes of the key service', () => {
  let gateway: GatewayHarness;
  beforeAll(async () => {
    gateway = await startGateway({ trustedHops: 1 });
  });
  afterAll(() => gateway.stop());
  beforeEach(() => {
    gateway.received.length = 0;
    gateway.answerUpstreamWith((_req, res) => res.end('{}'));
  });
  const notOnes = (headers: Readonly<Record<string, unknown>>) =>
    Object.keys(headers).filter((name) => /ratelimit/i.test(name));

  it.each(sessionRoutes)(
    'forward %s %s with the session token as it came, and nothing to prove a key',
    async (method, path) => {
      const answer = await gateway.api()[method](path).set({
        authorization: session,
        cookie: 'session=stolen',
        'x-internal-token': 'guess',
        'x-org-id': 'org_victim',
        'x-api-key-id': 'key_victim',
        'x-auth-scopes': 'goals:write',
        'x-auth-type': 'internal',
        'x-forwarded-for': '10.9.9.9, 203.0.113.1',
        'x-forwarded-proto': 'https',
      });
      expect(answer.status).toBe(200);
      const [request] = gateway.received;
      expect([request?.method, request?.url]).toEqual([method.toUpperCase(), path]);
      expect(request?.headers).toMatchObject({
        authorization: session,
        'x-internal-token': 'internal-token-of-the-gateway-tests',
        'x-forwarded-for': '203.0.113.1',
        'x-forwarded-proto': 'https',
        'x-request-id': answer.headers['x-request-id'],
      });
      for (const name of ['cookie', 'x-org-id', 'x-api-key-id', 'x-auth-scopes', 'x-auth-type'])
        expect(request?.headers).not.toHaveProperty(name);
      expect(notOnes(answer.headers)).toEqual([]);
      expect(gateway.introspections()).toBe(0);
    },
  );

  it.each(sessionRoutes)('refuse %s %s without a session, and with an API key in its place', async (method, path) => {
    const { authorization, key } = gateway.issueKey();
    const upperCase = key.reveal().toUpperCase();
    const refused: readonly (readonly [what: string, authorization: string | undefined, challenge: string])[] = [
      ['nothing', undefined, 'Bearer realm="engagetrack"'],
      ...[
        authorization,
        `bearer ${key.reveal()}`,
        `BEARER ${upperCase}`,
        `Bearer ${upperCase.replace('LIVE', 'live')}`,
        `Bearer et_session_${key.reveal()}`,
        `Bearer  ${key.reveal()}`,
        `Token ${key.reveal()}`,
        `Basic ${Buffer.from(`user:${key.reveal()}`).toString('base64')}`,
        `${session}, ${authorization}`,
        key.reveal(),
        'Bearer',
        'Bearer ',
        '',
      ].map((value) => [value, value, 'Bearer realm="engagetrack", error="invalid_token"'] as const),
    ];
    for (const [what, value, challenge] of refused) {
      const request = gateway.api()[method](path);
      const answer = await (value === undefined ? request : request.set('authorization', value));
      expect([what, answer.status, answer.text]).toEqual([what, 401, body]);
      expect(answer.headers).toMatchObject({ 'www-authenticate': challenge, 'x-error-code': 'invalid_session' });
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
      expect(notOnes(answer.headers)).toEqual([]);
    }
    expect(gateway.received).toEqual([]);
    expect(gateway.introspections()).toBe(0);
    expect(gateway.logLines.join('')).not.toContain(key.reveal().slice(8));
  });

  it('answer another method 405 with Allow, but only to a session', async () => {
    const path = `${organization}/api-keys/key_1`;
    expect((await gateway.api().patch(path)).status).toBe(401);
    const answer = await gateway.api().patch(path).set('authorization', session);
    expect([answer.status, answer.text]).toEqual([405, '{"error":"Method not allowed"}']);
    expect(answer.headers.allow).toBe('DELETE, GET, HEAD');
    expect(notOnes(answer.headers)).toEqual([]);
    expect(gateway.received).toEqual([]);
  });

  it('answer 413 before the key service sees a body that is too long, but only to a session', async () => {
    const tooLong = 'x'.repeat(2 ** 20 + 1);
    const path = `${organization}/api-keys`;
    expect((await gateway.api().post(path).send(tooLong)).status).toBe(401);
    expect((await gateway.api().post(path).set('authorization', session).send(tooLong)).status).toBe(413);
    expect(gateway.received).toEqual([]);
  });

  it('forward the key service’s own answers', async () => {
    gateway.answerUpstreamWith((_req, res) => {
      res.writeHead(201, {
        'Cache-Control': 'no-store',
        Location: `${organization}/api-keys/key_2`,
        'Content-Type': 'application/json; charset=utf-8',
        'X-Request-Id': 'of-the-key-service',
        'Set-Cookie': 'a=b',
      });
      res.end('{"id":"key_2"}');
    });
    const created = await gateway.api().post(`${organization}/api-keys`).set('authorization', session).send('{}');
    expect([created.status, created.text]).toEqual([201, '{"id":"key_2"}']);
    expect(created.headers).toMatchObject({ 'cache-control': 'no-store', location: `${organization}/api-keys/key_2` });
    expect(created.headers['x-request-id']).toBe(gateway.received[0]?.headers['x-request-id']);
    expect(created.headers).not.toHaveProperty('set-cookie');

    const challenge = 'Bearer realm="engagetrack", error="invalid_token"';
    gateway.answerUpstreamWith((_req, res) => res.writeHead(401, { 'WWW-Authenticate': challenge }).end(body));
    const refused = await gateway.api().get('/api/v1/auth/session').set('authorization', session);
    expect([refused.status, refused.text, refused.headers['www-authenticate']]).toEqual([401, body, challenge]);
  });

  describe('log-in', () => {
    const logIn = '/api/v1/auth/login';
    const credentials = '{"email":"owner@example.test","password":"secret"}';

    it('needs no credential, and forwards none', async () => {
      const { authorization } = gateway.issueKey();
      for (const sent of [undefined, session, authorization, 'Basic dTpw']) {
        const request = gateway.api().post(logIn).set('content-type', 'application/json');
        const answer = await (sent === undefined ? request : request.set('authorization', sent)).send(credentials);
        expect(answer.status).toBe(200);
        const forwarded = gateway.received.at(-1);
        expect(forwarded?.body).toBe(credentials);
        expect(forwarded?.headers).not.toHaveProperty('authorization');
        expect(forwarded?.headers['x-internal-token']).toBe('internal-token-of-the-gateway-tests');
        expect(forwarded?.headers['x-forwarded-for']).toBe('127.0.0.1');
        expect(notOnes(answer.headers)).toEqual([]);
      }
      expect(gateway.received).toHaveLength(4);
      expect(gateway.introspections()).toBe(0);
    });

    it('answers another method 405 without a credential, too', async () => {
      const answer = await gateway.api().get(logIn);
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
      expect(gateway.received).toEqual([]);
    });

    it('forwards the key service’s limit of log-ins', async () => {
      const limited = '{"error":"Rate limit exceeded. Retry after 2026-03-14T12:01:00Z"}';
      gateway.answerUpstreamWith((_req, res) => res.writeHead(429, { 'Retry-After': '7' }).end(limited));
      const answer = await gateway.api().post(logIn).send(credentials);
      expect([answer.status, answer.text, answer.headers['retry-after']]).toEqual([429, limited, '7']);
    });
  });

  it('refuse two Authorization fields before either is read', async () => {
    const { authorization } = gateway.issueKey();
    const lines = [
      `GET ${organization} HTTP/1.1`,
      'Host: a',
      `Authorization: ${session}`,
      `Authorization: ${authorization}`,
    ];
    expect(await sendRaw(gateway.port, `${lines.join('\r\n')}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(gateway.received).toEqual([]);
  });

  it.each(['post', 'delete'] as const)(
    'reach a key service that closes each connection as soon as it can: %s',
    async (method) => {
      gateway.answerUpstreamWith((_req, res) => {
        res.end('{}');
        setImmediate(() => res.socket?.destroy());
      });
      const path = `${organization}/api-keys${method === 'post' ? '' : '/key_1'}`;
      for (let n = 0; n < 50; n += 1)
        expect((await gateway.api()[method](path).set('authorization', session)).status).toBe(200);
    },
  );

  it('are 503 while the key service accepts requests and answers none', async () => {
    const impatient = await startGateway({ defaultTimeoutMs: 200 });
    impatient.answerUpstreamWith(() => undefined);
    for (const method of ['get', 'post'] as const) {
      const answer = await impatient.api()[method](`${organization}/api-keys`).set('authorization', session);
      expect([answer.status, answer.text]).toEqual([503, '{"error":"Service temporarily unavailable"}']);
      expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-error-code': 'unavailable' });
    }
    expect(impatient.logLines.join('')).toContain('"reason":"key_service_unreachable"');
    await impatient.stop();
  });

  it('are 503 while the key service cannot be connected to in time', async () => {
    // 192.0.2.0/24 is for documentation: no packet to it is ever answered.
    const far = await startGateway({ keysUrl: 'http://192.0.2.1:81' });
    const answer = await far.api().get(`${organization}/api-keys`).set('authorization', session);
    expect(answer.status).toBe(503);
    expect(far.logLines.join('')).toContain('"reason":"key_service_unreachable"');
    await far.stop();
  });

  // The last test, because nothing starts again after it.
  it('are 503 while there is no key service: nothing can be decided', async () => {
    await gateway.closeUpstream();
    const answer = await gateway.api().delete(`${organization}/api-keys/key_1`).set('authorization', session);
    expect([answer.status, answer.text]).toEqual([503, '{"error":"Service temporarily unavailable"}']);
    expect(answer.headers).toMatchObject({ 'retry-after': '1', 'x-error-code': 'unavailable' });
    expect(gateway.logLines.join('')).toContain('"reason":"key_service_unreachable"');
  });
});
