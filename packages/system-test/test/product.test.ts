import { createServer, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { artefactsOfProcesses, artefactsOfStores, readHashColumn, sweepForKeys } from '@engagetrack/hostile-input';
import {
  type Answer,
  type ApiClient,
  createApiClient,
  inParallel,
  listenOnLoopback,
  type ProductOnRunStores,
  startProductOnRunStores,
} from '@engagetrack/test-ground';
import { describeWithPostgres, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { earlyInAMinute } from './early-in-a-minute.ts';

const organization = '/api/v1/organizations/org_demo';
const sites = `${organization}/sites`;
const stats = `${sites}/site_1/analytics/stats?period=30d`;
const invalidKey = '{"error":"Invalid or expired API key"}';

describe('two gateways and a key service as processes (Redis)', () => {
  describeWithPostgres('sharing their stores', () => {
    let product: ProductOnRunStores;
    let clients: readonly [ApiClient, ApiClient];
    let session: string;
    const createdKeys: string[] = [];
    beforeAll(async () => {
      // On a busy machine Redis may answer late; that must not look like a failing Redis here.
      product = await startProductOnRunStores({ gateways: 2, redisDeadlineMs: 5_000 });
      const [first, second] = product.gateways.map((gateway) => createApiClient(gateway.address('api'), 'org_demo'));
      if (first === undefined || second === undefined) throw new Error('two gateways were asked for');
      clients = [first, second];
      session = await first.logIn(product.owner.email, product.owner.password);
    });
    afterAll(() => product.stop());
    const createKey = async (scopes?: readonly string[]) => {
      const created = await clients[0].createKey(session, scopes);
      createdKeys.push(created.key);
      return created;
    };

    it('admit exactly 600 of 2,000 concurrent requests of one key', async () => {
      const { key } = await createKey();
      await earlyInAMinute(product.redisUrl);
      const answers = await inParallel(times(2_000), 64, (_, n) => clients[n % 2 === 0 ? 0 : 1].get(stats, key));
      const statuses = countBy(answers, ({ status }) => status);
      expect(Object.fromEntries(statuses)).toEqual({ 200: 600, 429: 1_400 });
      const resets = countBy(answers, ({ headers }) => headers.get('x-ratelimit-reset'));
      expect(resets.size).toBe(1);
      const remaining = answers
        .filter(({ status }) => status === 200)
        .map(({ headers }) => headers.get('x-ratelimit-remaining'));
      expect(new Set(remaining).size).toBe(600);
    });

    it('answer the four published errors byte for byte, the 429 naming the second of X-RateLimit-Reset', async () => {
      const wide = await createKey();
      const narrow = await createKey(['sites:read']);
      for (const client of clients) {
        const unknown = await client.get(stats, `et_live_${'0'.repeat(32)}`);
        expect([unknown.status, unknown.text]).toEqual([401, invalidKey]);
        const missing = await client.request('GET', stats);
        expect([missing.status, missing.text]).toEqual([401, invalidKey]);
        const scopeless = await client.get(stats, narrow.key);
        expect([scopeless.status, scopeless.text]).toEqual([
          403,
          '{"error":"API key missing required scope: analytics:read"}',
        ]);
      }
      await earlyInAMinute(product.redisUrl);
      await inParallel(times(600), 64, (_, n) => clients[n % 2 === 0 ? 0 : 1].get(stats, wide.key));
      for (const client of clients) {
        const limited = await client.get(stats, wide.key);
        const resetSeconds = Number(limited.headers.get('x-ratelimit-reset'));
        const reset = new Date(resetSeconds * 1000).toISOString().replace('.000Z', 'Z');
        expect([limited.status, limited.text]).toEqual([429, `{"error":"Rate limit exceeded. Retry after ${reset}"}`]);
        expect(resetSeconds % 60).toBe(0);
        expect([limited.headers.get('x-ratelimit-limit'), limited.headers.get('x-ratelimit-remaining')]).toEqual([
          '600',
          '0',
        ]);
        const retryAt =
          Date.parse(limited.headers.get('date') ?? '') / 1000 + Number(limited.headers.get('retry-after'));
        expect(retryAt).toBeGreaterThanOrEqual(resetSeconds);
      }
    });

    it('take a created key at once and refuse a revoked one at once, on both, fifty times over', async () => {
      for (let round = 0; round < 50; round += 1) {
        const { id, key } = await createKey();
        expect(await statusesOf((client) => client.get(sites, key))).toEqual([200, 200]);
        const revoked = await clients[round % 2 === 0 ? 0 : 1].revokeKey(session, id);
        expect([revoked.status, revoked.text]).toEqual([204, '']);
        for (const answer of await Promise.all(clients.map((client) => client.get(sites, key))))
          expect([answer.status, answer.text]).toEqual([401, invalidKey]);
      }
    });

    it('answer 402 at once after a downgrade, and 200 at once after an upgrade', async () => {
      const { key } = await createKey();
      for (let round = 0; round < 10; round += 1) {
        expect(await statusesOf((client) => client.get(sites, key))).toEqual([200, 200]);
        expect((await clients[0].setPlan(session, 'maker')).status).toBe(200);
        for (const answer of await Promise.all(clients.map((client) => client.get(sites, key))))
          expect([answer.status, answer.text]).toEqual([
            402,
            '{"error":"API key access requires a Startup plan or higher"}',
          ]);
        expect((await clients[1].setPlan(session, 'startup')).status).toBe(200);
      }
    });

    it('refuse a key at the instant it expires', async () => {
      const expiresAtMs = Date.now() + 1_500;
      const body = { name: 'Short', scopes: ['sites:read'], expires_at: new Date(expiresAtMs).toISOString() };
      const created = await clients[0].request('POST', `${organization}/api-keys`, { bearer: session, body });
      const { key } = JSON.parse(created.text);
      createdKeys.push(key);
      expect(await statusesOf((client) => client.get(sites, key))).toEqual([200, 200]);
      await waitFor(async () => (await clients[0].get(sites, key)).status === 401, {
        deadlineMs: 5_000,
        what: 'the expiry',
      });
      expect(Date.now()).toBeGreaterThanOrEqual(expiresAtMs);
      expect(await statusesOf((client) => client.get(sites, key))).toEqual([401, 401]);
    });

    it('keep API keys out of session routes and session tokens out of data', async () => {
      const { key } = await createKey();
      const listed = await clients[0].get(`${organization}/api-keys`, key);
      expect([listed.status, listed.text]).toEqual([401, '{"error":"Invalid or expired session"}']);
      const data = await clients[0].get(sites, session);
      expect([data.status, data.text]).toEqual([401, invalidKey]);
      const foreign = await clients[0].get('/api/v1/organizations/org_other/sites', key);
      expect([foreign.status, foreign.text]).toEqual([404, '{"error":"Not found"}']);
    });

    it('name the caller to the upstream, and never the credential', async () => {
      const { id, key } = await createKey();
      const answer = await clients[0].get(`${sites}/site_1/analytics/whoami`, key);
      expect(JSON.parse(answer.text)).toMatchObject({
        organization_id: 'org_demo',
        api_key_id: id,
        scopes: ['analytics:read', 'sites:read'],
        auth_type: 'api_key',
      });
      expect(answer.text).not.toContain(key);
    });

    it('log in and out through the gateway', async () => {
      const second = await clients[1].logIn(product.owner.email, product.owner.password);
      expect((await clients[0].get('/api/v1/auth/session', second)).status).toBe(200);
      expect((await clients[1].request('POST', '/api/v1/auth/logout', { bearer: second })).status).toBe(204);
      expect((await clients[0].get('/api/v1/auth/session', second)).status).toBe(401);
    });

    it('answer all of 200 requests in flight when SIGTERM comes, and exit 0', async () => {
      const held: ServerResponse[] = [];
      const slowUpstream = createServer((_req, res) => held.push(res));
      const { url } = await listenOnLoopback(slowUpstream);
      const gateway = await product.startGateway({ UPSTREAM_URL: url });
      const client = createApiClient(gateway.address('api'), 'org_demo');
      const { key } = await createKey();
      const answers = Promise.all(Array.from({ length: 200 }, () => client.get(sites, key)));
      await waitFor(() => held.length === 200, { deadlineMs: 20_000, what: '200 requests at the upstream' });
      gateway.running.signal('SIGTERM');
      const port = Number(new URL(gateway.address('api')).port);
      await waitFor(() => isRefused(port), { deadlineMs: 10_000, what: 'new connections to be refused' });
      for (const res of held) res.end('{}');
      expect(countBy(await answers, ({ status }) => status)).toEqual(new Map([[200, 200]]));
      expect(await gateway.running.exited).toEqual({ code: 0, signal: null });
      slowUpstream.close();
    });

    // The last test, so that the searched output includes all tests above.
    it('leave no key and no hash anywhere but in the 201 and the hash column', async () => {
      const artefacts = new Map([...(await artefactsOfProcesses(product)), ...(await artefactsOfStores(product))]);
      expect(createdKeys.length).toBeGreaterThan(50);
      expect([...artefacts].filter(([, text]) => text.length === 0)).toEqual([]);
      expect(sweepForKeys(createdKeys, artefacts)).toEqual([]);
      expect((await readHashColumn(product.databaseUrl)).size).toBeGreaterThanOrEqual(createdKeys.length);
    });

    function statusesOf(send: (client: ApiClient) => Promise<Answer>): Promise<number[]> {
      return Promise.all(clients.map(async (client) => (await send(client)).status));
    }
  });
});

function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
}

function countBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

function times(count: number): readonly undefined[] {
  return Array.from({ length: count });
}
