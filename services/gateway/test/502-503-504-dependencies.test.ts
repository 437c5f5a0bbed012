import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;

describe('a dependency that fails', () => {
  let gateway: GatewayHarness;
  beforeEach(async () => {
    gateway = await startGateway({ defaultTimeoutMs: 200 });
  });
  afterEach(() => gateway.stop());
  const get = (authorization: string) => gateway.api().get(sites).set('authorization', authorization);

  it('is 502 when the upstream refuses, resets or answers no HTTP', async () => {
    const { authorization } = gateway.issueKey();
    gateway.answerUpstreamWith((req) => req.socket.destroy());
    const reset = await get(authorization);
    expect(reset.status).toBe(502);
    expect(reset.text).toBe('{"error":"Upstream service unavailable"}');
    expect(reset.headers).toMatchObject({ 'x-error-code': 'upstream_unreachable', 'x-ratelimit-remaining': '599' });
    gateway.answerUpstreamWith((req) => req.socket.end('not http at all\r\n\r\n'));
    expect((await get(authorization)).status).toBe(502);
    gateway.answerUpstreamWith((req) => req.socket.end('HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'));
    expect((await get(authorization)).status).toBe(502);
    await gateway.closeUpstream();
    expect((await get(authorization)).status).toBe(502);
  });

  it('is 504 when the upstream keeps silent, and the upstream connection is given up', async () => {
    const { authorization } = gateway.issueKey();
    const closed = new Promise<void>((resolve) => {
      gateway.answerUpstreamWith((req) => req.socket.on('close', () => resolve()));
    });
    const answer = await get(authorization);
    expect(answer.status).toBe(504);
    expect(answer.text).toBe('{"error":"Upstream service timed out"}');
    await closed;
  });

  it('destroys the connection when the upstream breaks off in the middle of an answer', async () => {
    const { authorization } = gateway.issueKey();
    for (const breakOff of ['destroy', 'stall'] as const) {
      gateway.answerUpstreamWith((_req, res) => {
        res.writeHead(200, { 'Content-Length': '10' });
        res.write('abc', () => {
          if (breakOff === 'destroy') res.destroy();
        });
      });
      const bytes = await sendRaw(
        gateway.port,
        `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`,
      );
      expect(bytes).toContain('HTTP/1.1 200 OK');
      expect(bytes.endsWith('\r\n\r\nabc')).toBe(true);
    }
  });

  it('gives up the upstream when the client disconnects', async () => {
    const { authorization } = gateway.issueKey();
    const abandoned = new Promise<void>((resolve) => {
      gateway.answerUpstreamWith((_req, res) => {
        res.on('close', () => resolve());
        res.write('x');
      });
    });
    const leave = new AbortController();
    const response = await fetch(gateway.url + sites, { headers: { authorization }, signal: leave.signal });
    expect(response.status).toBe(200);
    leave.abort();
    await abandoned;
  });

  it('is 413 when a body is longer than the route allows, by its length or while it arrives', async () => {
    const { authorization } = gateway.issueKey();
    const annotations = `${sites}/site_1/annotations`;
    const byLength = await gateway
      .api()
      .post(annotations)
      .set('authorization', authorization)
      .send('x'.repeat(2 ** 20 + 1));
    expect(byLength.status).toBe(413);
    expect(byLength.text).toBe('{"error":"Payload too large"}');
    expect(gateway.received).toEqual([]);
    const head = `POST ${annotations} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `10000\r\n${'y'.repeat(0x10000)}\r\n`;
    const asItComes = await sendRaw(gateway.port, `${head + chunk.repeat(17)}0\r\n\r\n`);
    expect(asItComes).toMatch(/^HTTP\/1\.1 413 .*\{"error":"Payload too large"\}$/s);
    expect(gateway.received).toEqual([]);
  });

  it('is 503 with Retry-After while nothing can vouch for the key, and heals by itself', async () => {
    const { authorization } = gateway.issueKey();
    gateway.setAuthorityDown(true);
    const unavailable = await get(authorization);
    expect(unavailable.status).toBe(503);
    expect(unavailable.text).toBe('{"error":"Service temporarily unavailable"}');
    expect(unavailable.headers).toMatchObject({ 'retry-after': '1', 'x-error-code': 'unavailable' });
    gateway.setAuthorityDown(false);
    expect((await get(authorization)).status).toBe(200);
    gateway.setAuthorityDown(true);
    expect((await get(authorization)).status).toBe(200);
    expect(gateway.received).toHaveLength(2);
  });

  it('counts with all others while only this gateway does not reach the admission store', async () => {
    const { authorization } = gateway.issueKey();
    const remaining = async () => (await get(authorization)).headers['x-ratelimit-remaining'];
    expect(await remaining()).toBe('599');
    gateway.setKeyServiceReachesStore(true);
    for (const mood of ['fails', 'untrusted'] as const) {
      gateway.setStoreMood(mood);
      expect(Number(await remaining())).toBe(599 - gateway.detours.length);
    }
    expect(gateway.detours).toHaveLength(2);
    gateway.setStoreMood('well');
    expect(await remaining()).toBe('596');
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('connection lost'))],
    ['vouches for nothing', async () => ({ verdict: 'untrusted' as const })],
  ])(
    'asks the authority about every request while the admission store %s, and is 503 without it',
    async (_what, spend) => {
      await gateway.stop();
      const pulse = async () => ({ verdict: 'untrusted' as const });
      gateway = await startGateway({ store: { spend, pulse, latestTimeMs: () => undefined } });
      const { authorization, key } = gateway.issueKey();
      for (let n = 1; n <= 3; n += 1) {
        const answer = await get(authorization);
        // The share of one of four, the assumption before any answer of the store.
        expect([answer.status, answer.headers['x-ratelimit-remaining']]).toEqual([200, String(150 - n)]);
      }
      gateway.setAuthorityDown(true);
      const unavailable = await get(authorization);
      expect([unavailable.status, unavailable.headers['retry-after']]).toEqual([503, '1']);
      gateway.setAuthorityDown(false);
      gateway.revokeAtAuthority(key);
      expect((await get(authorization)).status).toBe(401);
      expect(gateway.received).toHaveLength(3);
    },
  );
});
