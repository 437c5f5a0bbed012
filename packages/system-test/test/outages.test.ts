import { type Answer, type ApiClient, createApiClient, type Product, startProduct } from '@engagetrack/test-ground';
import {
  describeWithOwnPostgres,
  type PostgresServer,
  type RedisServer,
  startPostgres,
  startRedis,
  waitFor,
} from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const sites = '/api/v1/organizations/org_demo/sites';
const unavailable = '{"error":"Service temporarily unavailable"}';
/**
 * Milliseconds of one command deadline and one look-up deadline, the most that a refusal may take. A later answer fails
 * the test.
 */
const answerDeadlineMs = 6_000;

describe('while a store is away (Redis)', () => {
  describeWithOwnPostgres('a gateway and a key service', () => {
    let redis: RedisServer;
    let postgres: PostgresServer;
    let product: Product;
    let client: ApiClient;
    let session: string;
    beforeAll(async () => {
      [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
      product = await startProduct({ redisUrl: redis.url, databaseUrl: postgres.url, gateways: 1 });
      const [gateway] = product.gateways;
      if (gateway === undefined) throw new Error('no gateway');
      client = createApiClient(gateway.address('api'), 'org_demo');
      session = await client.logIn(product.owner.email, product.owner.password);
    });
    afterAll(async () => {
      await product.stop();
      await Promise.all([redis.stop(), postgres.stop()]);
    });

    /** Resolves when Redis vouches for keys again, because a second fault before that is outside the promises. */
    const vouchedFor = async (): Promise<void> => {
      const { key } = await client.createKey(session);
      const vouched = async (): Promise<string | undefined> => {
        const metrics = await (await fetch(`${product.gateways[0]?.address('admin')}/metrics`)).text();
        return /^gateway_decisions_total\{source="store"\} (\d+)$/m.exec(metrics)?.[1];
      };
      await healed(async () => {
        const before = await vouched();
        expect((await client.get(sites, key)).status).toBe(200);
        return (await vouched()) !== before;
      }, 'the word of Redis');
    };

    it.each([
      ['killed', () => redis.kill(), () => redis.restart({ keepData: true })],
      ['frozen', () => redis.freeze(), () => redis.thaw()],
    ] as const)(
      'decide by the authority while Redis is %s, revoke with certainty, and heal by themselves',
      async (_what, away, back) => {
        const { id, key } = await client.createKey(session);
        const live = await client.createKey(session);
        for (const { key: each } of [{ key }, live]) expect((await client.getDecided(sites, each)).status).toBe(200);
        await away();
        for (let n = 0; n < 20; n += 1) expect((await client.get(sites, key)).status).toBe(200);
        expect((await client.get(sites, `et_live_${'1'.repeat(32)}`)).status).toBe(401);
        expect((await client.revokeKey(session, id)).status).toBe(204);
        expect((await client.get(sites, key)).status).toBe(401);
        expect((await client.get(sites, live.key)).status).toBe(200);
        await back();
        for (let n = 0; n < 20; n += 1) {
          expect((await client.get(sites, key)).status).toBe(401);
          expect((await client.get(sites, live.key)).status).toBe(200);
        }
        const next = await client.createKey(session);
        expect((await client.get(sites, next.key)).status).toBe(200);
      },
    );

    it('refuse a revoked key after Redis came back empty, and admit a live one', async () => {
      const live = await client.createKey(session);
      const revoked = await client.createKey(session);
      for (const { key } of [live, revoked]) expect((await client.getDecided(sites, key)).status).toBe(200);
      expect((await client.revokeKey(session, revoked.id)).status).toBe(204);
      await redis.restart();
      await healed(async () => (await client.get(sites, live.key)).status === 200, 'a live key');
      expect((await client.get(sites, revoked.key)).status).toBe(401);
      await vouchedFor();
      expect((await client.get(sites, revoked.key)).status).toBe(401);
    });

    it('serve known keys while Postgres is away and refuse the others with 503, and heal', async () => {
      await vouchedFor();
      const { key } = await client.createKey(session);
      const unseen = await client.createKey(session);
      expect((await client.getDecided(sites, key)).status).toBe(200);
      await postgres.kill();
      for (let n = 0; n < 20; n += 1) expect((await client.get(sites, key)).status).toBe(200);
      expectUnavailable(await timed(() => client.get(sites, unseen.key)));
      expectUnavailable(await timed(() => client.revokeKey(session, unseen.id)));
      await postgres.restart();
      await healed(async () => (await client.get(sites, unseen.key)).status === 200, 'an unseen key');
      expect((await client.revokeKey(session, unseen.id)).status).toBe(204);
      expect((await client.get(sites, unseen.key)).status).toBe(401);
    });

    it('serve known keys without the key service, and accept the answers of a new one', async () => {
      await vouchedFor();
      const { key } = await client.createKey(session);
      expect((await client.getDecided(sites, key)).status).toBe(200);
      product.keys.running.signal('SIGSTOP');
      try {
        for (let n = 0; n < 20; n += 1) expect((await client.get(sites, key)).status).toBe(200);
        expectUnavailable(await timed(() => client.get(sites, `et_live_${'2'.repeat(32)}`)));
      } finally {
        product.keys.running.signal('SIGCONT');
      }
      await healed(async () => (await client.get(sites, `et_live_${'3'.repeat(32)}`)).status === 401, 'an unknown key');
    });
  });
});

interface Timed {
  readonly answer: Answer;
  readonly allowed: readonly number[];
  readonly ms: number;
}

async function timed(send: () => Promise<Answer>, allowed: readonly number[] = [503]): Promise<Timed> {
  const startedAtMs = performance.now();
  return { answer: await send(), allowed, ms: performance.now() - startedAtMs };
}

function expectUnavailable({ answer, allowed, ms }: Timed): void {
  expect(allowed).toContain(answer.status);
  if (answer.status === 503) {
    expect(answer.text).toBe(unavailable);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  }
  expect(ms).toBeLessThan(answerDeadlineMs);
}

async function healed(condition: () => Promise<boolean>, what: string): Promise<void> {
  await waitFor(condition, { deadlineMs: 15_000, what: `${what} after the outage` });
}
