import { type ApiClient, createApiClient, inParallel, type Product, startProduct } from '@engagetrack/test-ground';
import {
  createRedisDatabaseUrl,
  createTestDatabase,
  describeWithPostgres,
  type TestDatabase,
} from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { earlyInAMinute } from './early-in-a-minute.ts';

const sites = '/api/v1/organizations/org_demo/sites';
const quota = 600;

describe('a gateway that is parted from Redis (Redis)', () => {
  describeWithPostgres('beside one that is not', () => {
    let redisUrl: string;
    let database: TestDatabase;
    let link: TcpFaultProxy;
    let product: Product;
    let clients: readonly [sound: ApiClient, parted: ApiClient];
    let session: string;
    beforeAll(async () => {
      database = await createTestDatabase();
      redisUrl = await createRedisDatabaseUrl();
      link = await startTcpFaultProxy(Number(new URL(redisUrl).port), Math.random);
      product = await startProduct({
        redisUrl,
        databaseUrl: database.url,
        gateways: 2,
        connectThrough: ({ from, to, url }) =>
          from.name === 'gateway' && from.n === 1 && to === 'redis' ? link.through(url) : url,
        // On a busy machine Redis may answer late; that must not look like a failing Redis here.
        redisDeadlineMs: 1_000,
      });
      const [sound, parted] = product.gateways.map((gateway) => createApiClient(gateway.address('api'), 'org_demo'));
      if (sound === undefined || parted === undefined) throw new Error('two gateways were asked for');
      clients = [sound, parted];
      session = await sound.logIn(product.owner.email, product.owner.password);
    });
    afterAll(async () => {
      await product.stop();
      await link.stop();
      await database.drop();
    });

    it('counts with it through the key service: 600 requests in all, refuses the revoked, and comes back', async () => {
      const { id, key } = await clients[0].createKey(session);
      for (const client of clients) expect((await client.getDecided(sites, key)).status).toBe(200);
      link.inject({ kind: 'hold' });
      await earlyInAMinute(redisUrl);
      // Two of this key's units are spent, in this minute or in the one before.
      const other = await clients[0].createKey(session);
      const answers = await inParallel(Array.from({ length: 2 * quota }), 32, (_, n) =>
        clients[n % 2 === 0 ? 0 : 1].get(sites, other.key),
      );
      expect(new Set(answers.map(({ headers }) => headers.get('x-ratelimit-reset'))).size).toBe(1);
      const statuses = Map.groupBy(answers, ({ status }) => status);
      expect([statuses.get(200)?.length, statuses.get(429)?.length]).toEqual([quota, quota]);
      const metrics = await (await fetch(`${product.gateways[1]?.address('admin')}/metrics`)).text();
      expect(metrics).toMatch(/^gateway_quota_detours_total\{outcome="spent"\} [1-9]/m);

      expect((await clients[0].revokeKey(session, id)).status).toBe(204);
      for (const client of clients) expect((await client.get(sites, key)).status).toBe(401);
      link.heal();
      const next = await clients[0].createKey(session);
      for (const client of clients) expect((await client.get(sites, next.key)).status).toBe(200);
    });
  });
});
