import { fieldOf, type RawAnswer, seenField, sendBytes } from '@engagetrack/hostile-input';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { organizationB, startGateway } from '../harness.ts';
import { expectRefused, site, sites, startThreeSides, type ThreeSides } from './three-sides.ts';

const stats = `${site}/analytics/stats`;
const quota = 600;

describe('L: the limiter and its headers', () => {
  let sides: ThreeSides;
  beforeEach(async () => {
    sides = await startThreeSides();
  });
  afterEach(async () => {
    await sides.expectAlive();
    await sides.stop();
  });

  const get = async (authorization: string, target = stats): Promise<RawAnswer> => {
    const [answer] = (await sides.send(sides.head({ target, authorization }))).answers;
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };
  const remaining = (answer: RawAnswer) => Number(fieldOf(answer, 'x-ratelimit-remaining'));
  /** Sends as many requests, over a few connections at once. */
  const spend = async (authorization: string, count: number, target = stats): Promise<readonly RawAnswer[]> => {
    const perConnection = Math.ceil(count / 6);
    const outcomes = await Promise.all(
      Array.from({ length: 6 }, (_, n) => {
        const own = Math.min(perConnection, count - n * perConnection);
        const requests = Array.from({ length: Math.max(own, 0) }, (_unused, index) =>
          sides.head({ target, authorization, connection: index === own - 1 ? 'close' : null }),
        );
        return own > 0 ? sides.send(requests.join(''), { deadlineMs: 20_000, quietMs: 10_000 }) : undefined;
      }),
    );
    return outcomes.flatMap((outcome) => outcome?.answers ?? []);
  };

  it('L01 admits 600 requests of a window, and counts each remaining unit once', async () => {
    const answers = await spend(sides.gateway.issueKey().authorization, quota);
    expect(answers.map(({ status }) => status)).toEqual(Array(quota).fill(200));
    expect(answers.map(remaining).toSorted((a, b) => a - b)).toEqual(Array.from({ length: quota }, (_, n) => n));
  });

  it('L02 refuses the 601st, naming the second of X-RateLimit-Reset', async () => {
    const { authorization } = sides.gateway.issueKey();
    await spend(authorization, quota);
    const refused = expectRefused(await sides.send(sides.head({ target: stats, authorization })), 'rate_limited');
    const reset = new Date(Number(fieldOf(refused, 'x-ratelimit-reset')) * 1_000).toISOString().replace('.000Z', 'Z');
    expect(refused.body).toBe(`{"error":"Rate limit exceeded. Retry after ${reset}"}`);
    expect(sides.upstream.seen).toHaveLength(quota);
  });

  it('L04 admits a quota on either side of a window’s edge and not one more', async () => {
    const { authorization } = sides.gateway.issueKey();
    // The harness's clock is 18.25 s into a minute, and stands still while the requests take real time.
    sides.gateway.advanceClock(31_700);
    expect((await spend(authorization, quota + 5)).filter(({ status }) => status === 200)).toHaveLength(quota);
    sides.gateway.advanceClock(10_100);
    expect((await spend(authorization, quota + 5)).filter(({ status }) => status === 200)).toHaveLength(quota);
  });

  it('L06 counts by key, for every path; a request outside its organization once', async () => {
    const first = sides.gateway.issueKey();
    const second = sides.gateway.issueKey();
    expect(remaining(await get(first.authorization, sites))).toBe(599);
    expect(remaining(await get(second.authorization, sites))).toBe(599);
    const elsewhere = await get(first.authorization, `/api/v1/organizations/${organizationB}/sites`);
    expect([elsewhere.status, remaining(elsewhere)]).toEqual([404, 598]);
    expect(remaining(await get(first.authorization, sites))).toBe(597);
  });

  it('L07 spends nothing on a revoked key', async () => {
    const { authorization, keyId } = sides.gateway.issueKey();
    expect(remaining(await get(authorization))).toBe(599);
    await sides.gateway.markRevoked(keyId);
    const answers = await spend(authorization, 50);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    for (const { fields } of answers) expect(fields.filter(([name]) => /ratelimit/i.test(name))).toEqual([]);
  });

  it('L08 spends a unit on every refusal of a recognised key, and says 403 before 429', async () => {
    const { authorization } = sides.gateway.issueKey({ scopes: ['sites:read'] });
    expect(remaining(await get(authorization, `${site}/goals`))).toBe(599);
    expect(remaining(await get(authorization, '/api/v1/nothing'))).toBe(598);
    await spend(authorization, quota, sites);
    expect((await get(authorization, sites)).status).toBe(429);
    expect((await get(authorization, `${site}/goals`)).status).toBe(403);
    const maker = sides.gateway.issueKey({ plan: 'maker' });
    const refused = await get(maker.authorization, sites);
    expect([refused.status, remaining(refused)]).toEqual([402, 599]);
  });

  it('L09 keeps a unit spent when the upstream fails or the client disconnects', async () => {
    const { authorization } = sides.gateway.issueKey();
    sides.upstream.respondWith(() => 'HTTP/1.1 500 Odd\r\nContent-Length: 0\r\n\r\n');
    expect(remaining(await get(authorization))).toBe(599);
    sides.upstream.respondWith((_request, socket) => {
      socket.resetAndDestroy();
      return undefined;
    });
    expect((await get(authorization)).status).toBe(502);
    sides.upstream.respondWith(() => undefined);
    const before = sides.upstream.seen.length;
    const left = sides.send(sides.head({ target: stats, authorization }), { leavesAfterMs: 100 });
    await waitFor(() => sides.upstream.seen.length > before, {
      deadlineMs: 5_000,
      what: 'the request at the upstream',
    });
    await left;
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n');
    expect(remaining(await get(authorization))).toBe(596);
  });

  it('L10 spends one unit on HEAD, on a range and on a conditional request', async () => {
    const { authorization } = sides.gateway.issueKey();
    const requests = [
      sides.head({ method: 'HEAD', authorization, connection: null }),
      sides.head({ authorization, connection: null, lines: ['Range: bytes=0-1'] }),
      sides.head({ authorization, lines: ['If-None-Match: "1"'] }),
    ];
    sides.upstream.respondWith((request) => {
      if (seenField(request, 'range').length > 0)
        return 'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab';
      if (seenField(request, 'if-none-match').length > 0) return 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n';
      return 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n';
    });
    const { answers } = await sides.send(requests.join(''), { methods: ['HEAD', 'GET', 'GET'] });
    expect(answers.map((answer) => [answer.status, remaining(answer)])).toEqual([
      [200, 599],
      [206, 598],
      [304, 597],
    ]);
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n');
  });

  it('L14 never shows more units left than before in the same window, nor fewer than zero', async () => {
    const { authorization } = sides.gateway.issueKey();
    const seen: number[] = [];
    for (let n = 0; n < 20; n += 1) seen.push(remaining(await get(authorization)));
    expect(seen).toEqual(seen.toSorted((a, b) => b - a));
    const over = await spend(authorization, quota + 50);
    expect(Math.min(...over.map(remaining))).toBe(0);
    expect(over.filter((answer) => remaining(answer) < 0)).toEqual([]);
  });

  it('L14 never shows more units left than before, from either of two gateways', async () => {
    const { authorization } = sides.gateway.issueKey();
    const { store, authorityUrl } = sides.gateway;
    const second = await startGateway({ store, authorityUrl, upstreamUrl: sides.upstream.url });
    try {
      const ports = [sides.gateway.port, second.port];
      const seen: number[] = [];
      for (let n = 0; n < 40; n += 1) {
        const { answers } = await sendBytes({
          port: ports[n % 2] ?? 0,
          pieces: [sides.head({ target: stats, authorization })],
        });
        seen.push(...answers.map(remaining));
      }
      expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => 599 - n));
    } finally {
      await second.stop();
    }
  });

  it('L17 says Retry-After so that the next try is never too early', async () => {
    const { authorization } = sides.gateway.issueKey();
    await spend(authorization, quota);
    for (const advanceMs of [0, 10_000, 31_000, 700]) {
      sides.gateway.advanceClock(advanceMs);
      const answer = await get(authorization);
      expect(answer.status).toBe(429);
      const retryAfter = Number(fieldOf(answer, 'retry-after'));
      const saidAt = Date.parse(fieldOf(answer, 'date') ?? '') / 1_000;
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(saidAt + retryAfter).toBeGreaterThanOrEqual(Number(fieldOf(answer, 'x-ratelimit-reset')));
    }
  });
});
