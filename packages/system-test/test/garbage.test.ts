import { createApiClient, inParallel, type Product, readGarbage, startProduct } from '@engagetrack/test-ground';
import {
  describeWithOwnPostgres,
  type PostgresServer,
  type RedisServer,
  startPostgres,
  startRedis,
} from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const sites = '/api/v1/organizations/org_demo/sites';
/** Requests of a key stay below its limit in a minute. */
const keyCount = 24;
const warmUpRequests = 3_000;
const requests = 4_000;
const concurrency = 32;
/**
 * Bytes of each request that grow old, where only a full collection frees them. Less than 1,000 is usual. A Set that each
 * request enters and leaves makes it 10,000 (packages/service-chassis/src/line.ts says why).
 */
const grownOldMax = 3_000;
/** Small young collections, so that there are many. */
const gatewayNodeFlags = ['--trace-gc', '--min-semi-space-size=2', '--max-semi-space-size=2'];

describeWithOwnPostgres('a gateway under load', () => {
  let redis: RedisServer;
  let postgres: PostgresServer;
  let product: Product;
  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    product = await startProduct({
      redisUrl: redis.url,
      databaseUrl: postgres.url,
      gateways: 1,
      gatewayNodeFlags,
      logLevel: 'warn',
    });
  });
  afterAll(async () => {
    await product.stop();
    await Promise.all([redis.stop(), postgres.stop()]);
  });

  it('keeps nothing of a request that is over', async () => {
    const [gateway] = product.gateways;
    if (gateway === undefined) throw new Error('no gateway');
    const client = createApiClient(gateway.address('api'), 'org_demo');
    const session = await client.logIn(product.owner.email, product.owner.password);
    const keys = await inParallel(Array.from({ length: keyCount }), 4, () => client.createKey(session));
    const send = (count: number) =>
      inParallel(Array.from({ length: count }), concurrency, async (_, n) => {
        const answer = await client.getDecided(sites, keys[n % keyCount]?.key ?? '');
        if (answer.status !== 200) throw new Error(`A request was answered ${answer.status}`);
      });
    // Compiled code and connections stay, and are no cost of a request.
    await send(warmUpRequests);
    const before = gateway.running.output().length;
    await send(requests);
    const { young, grownOldBytes } = readGarbage(gateway.running.output().slice(before));
    expect(young).toBeGreaterThan(20);
    expect(grownOldBytes / requests).toBeLessThan(grownOldMax);
  });
});
