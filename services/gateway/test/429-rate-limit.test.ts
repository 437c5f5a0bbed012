import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const stats = `/api/v1/organizations/${organizationA}/sites/site_1/analytics/stats`;
const sites = `/api/v1/organizations/${organizationA}/sites`;

describe('429', () => {
  let gateway: GatewayHarness;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.stop());

  const get = (path: string, authorization: string) => gateway.api().get(path).set('authorization', authorization);
  const spendAll = async (path: string, authorization: string) => {
    const answers = [];
    for (let i = 0; i < 30; i++)
      answers.push(...(await Promise.all(Array.from({ length: 20 }, () => get(path, authorization)))));
    return answers;
  };

  it('comes with the 601st request of a window, naming the second of X-RateLimit-Reset', async () => {
    const { authorization } = gateway.issueKey();
    const admitted = await spendAll(stats, authorization);
    expect(admitted.map(({ status }) => status)).toEqual(Array(600).fill(200));
    const remaining = admitted.map(({ headers }) => Number(headers['x-ratelimit-remaining'])).sort((a, b) => a - b);
    expect(remaining).toEqual(Array.from({ length: 600 }, (_, i) => i));

    const refused = await get(stats, authorization);
    expect(refused.status).toBe(429);
    expect(refused.text).toBe('{"error":"Rate limit exceeded. Retry after 2026-03-14T12:01:00Z"}');
    expect(refused.headers).toMatchObject({
      'x-ratelimit-limit': '600',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(Date.UTC(2026, 2, 14, 12, 1, 0) / 1000),
      'ratelimit-policy': '"analytics";q=600;w=60',
      ratelimit: '"analytics";r=0;t=42',
      'retry-after': '42',
      date: 'Sat, 14 Mar 2026 12:00:18 GMT',
      'x-error-code': 'rate_limited',
      'cache-control': 'no-store',
    });
    expect(gateway.received).toHaveLength(600);

    // The other policy has a counter of its own, and so has the next window.
    expect((await get(sites, authorization)).headers['x-ratelimit-remaining']).toBe('599');
    gateway.advanceClock(41_749);
    expect((await get(stats, authorization)).status).toBe(429);
    expect((await get(stats, authorization)).headers['retry-after']).toBe('1');
    gateway.advanceClock(1);
    const next = await get(stats, authorization);
    expect(next.status).toBe(200);
    expect(next.headers['x-ratelimit-reset']).toBe(String(Date.UTC(2026, 2, 14, 12, 2, 0) / 1000));
  });

  it('counts each key alone, and every answer to a recognised key', async () => {
    const first = gateway.issueKey({ scopes: ['sites:read'] });
    const second = gateway.issueKey();
    const remaining = async (path: string, authorization: string) =>
      (await get(path, authorization)).headers['x-ratelimit-remaining'];
    expect(await remaining(sites, first.authorization)).toBe('599');
    expect(await remaining(sites, second.authorization)).toBe('599');
    expect(await remaining('/api/v1/nothing', first.authorization)).toBe('598');
    expect(await remaining(`${sites}/site_1/goals`, first.authorization)).toBe('597');
    expect(
      (await gateway.api().put(sites).set('authorization', first.authorization)).headers['x-ratelimit-remaining'],
    ).toBe('596');
    gateway.answerUpstreamWith((_req, res) => res.writeHead(500).end());
    expect(await remaining(sites, first.authorization)).toBe('595');
  });

  it('comes after 403: a key without the scope is told so even when its quota is spent', async () => {
    const { authorization } = gateway.issueKey({ scopes: ['sites:read'] });
    await spendAll(sites, authorization);
    expect((await get(sites, authorization)).status).toBe(429);
    expect((await get(`${sites}/site_1/goals`, authorization)).status).toBe(403);
    expect((await get('/api/v1/nothing', authorization)).status).toBe(404);
  });
});
