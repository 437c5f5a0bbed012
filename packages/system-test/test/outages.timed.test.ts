import { createApiClient, itJudgesTime, startProduct } from '@engagetrack/test-ground';
import { describeWithOwnPostgres, startPostgres, startRedis } from '@engagetrack/test-ground/stores';
import { describe, expect } from '@jest/globals';

/** Milliseconds of the lease and a cycle of the renewer. A later acknowledgement of a revocation fails the test. */
const revocationDeadlineMs = 3_500;

describe('while Redis is away (Redis)', () => {
  describeWithOwnPostgres('a revocation', () => {
    for (const [what, away] of [
      ['killed', 'kill'],
      ['frozen', 'freeze'],
    ] as const)
      itJudgesTime(`is certain within three and a half seconds when Redis is ${what}`, async () => {
        const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
        const product = await startProduct({ redisUrl: redis.url, databaseUrl: postgres.url, gateways: 1 });
        try {
          const client = createApiClient(product.gateways[0]?.address('api') ?? '', product.owner.organizationId);
          const session = await client.logIn(product.owner.email, product.owner.password);
          const { id } = await client.createKey(session);
          await redis[away]();
          const startedAtMs = performance.now();
          expect((await client.revokeKey(session, id)).status).toBe(204);
          expect(performance.now() - startedAtMs).toBeLessThan(revocationDeadlineMs);
        } finally {
          await product.stop();
          await Promise.all([redis.stop(), postgres.stop()]);
        }
      });
  });
});
