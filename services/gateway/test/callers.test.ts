import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, type HarnessOptions, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const guess = () => `Bearer et_live_${randomBytes(16).toString('hex')}`;

describe('the caller of a request', () => {
  let gateway: GatewayHarness | undefined;
  afterEach(() => gateway?.stop());
  const start = async (options: HarnessOptions): Promise<GatewayHarness> => {
    gateway = await startGateway(options);
    return gateway;
  };
  const ask = async ({ url }: GatewayHarness, headers: Readonly<Record<string, string>>) => {
    const answer = await fetch(url + sites, { headers });
    await answer.arrayBuffer();
    return answer.status;
  };

  it.each<[string, HarnessOptions]>([
    ['one trusted hop', { trustedHops: 1 }],
    ['its address', { trustedProxies: ['127.0.0.1'] }],
    ['a range', { trustedProxies: ['10.0.0.0/8', '127.0.0.0/8'] }],
  ])('is told apart behind a balancer that writes ports, trusted by %s', async (_how, options) => {
    const started = await start({ ...options, limits: { failedAuthenticationsMax: 5 } });
    const from = (address: string, authorization: string) =>
      ask(started, { authorization, 'x-forwarded-for': address });
    for (let n = 0; n < 5; n += 1) expect(await from(`203.0.113.7:${40_000 + n}`, guess())).toBe(401);
    expect(await from('203.0.113.7:50000', guess())).toBe(429);
    expect(await from('198.51.100.9:5555', started.issueKey().authorization)).toBe(200);
    expect(started.received.at(-1)?.headers['x-forwarded-for']).toBe('198.51.100.9');
    expect(started.logLines.filter((line) => line.includes('forwarded_for_ignored'))).toEqual([]);
  });

  it('is the peer where nothing is trusted, and the log says so once', async () => {
    const started = await start({});
    const { authorization } = started.issueKey();
    for (let n = 0; n < 3; n += 1)
      expect(await ask(started, { authorization, 'x-forwarded-for': '203.0.113.7' })).toBe(200);
    expect(started.received.map(({ headers }) => headers['x-forwarded-for'])).toEqual(Array(3).fill('127.0.0.1'));
    expect(started.logLines.filter((line) => line.includes('forwarded_for_ignored'))).toHaveLength(1);
  });
});

describe('X-Forwarded-Host', () => {
  let gateway: GatewayHarness;
  afterEach(() => gateway.stop());
  const seenFor = async (...hosts: readonly string[]) => {
    const { authorization } = gateway.issueKey();
    for (const host of hosts) {
      const fields = { authorization, host, 'x-forwarded-host': 'evil.test' };
      expect((await gateway.api().get(sites).set(fields)).status).toBe(200);
    }
    return gateway.received.map(({ headers }) => headers['x-forwarded-host']);
  };

  it('is the public name that the caller used, and else the usual one', async () => {
    gateway = await startGateway({ publicHosts: ['api.engagetrack.net', 'eu.engagetrack.net:8443'] });
    expect(await seenFor('EU.engagetrack.net:8443', 'evil.test', 'api.engagetrack.net')).toEqual([
      'eu.engagetrack.net:8443',
      'api.engagetrack.net',
      'api.engagetrack.net',
    ]);
  });

  it('is absent without a configured name', async () => {
    gateway = await startGateway();
    expect(await seenFor('evil.test')).toEqual([undefined]);
  });
});
