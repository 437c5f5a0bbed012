import { apiKeyListSchema, apiKeyUsageSchema, organizationUsageSchema } from '@engagetrack/contracts';
import { type ApiClient, createApiClient, type Product, startProductOnRunStores } from '@engagetrack/test-ground';
import { describeWithPostgres, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const organization = '/api/v1/organizations/org_demo';
const sites = `${organization}/sites`;
const stats = `${sites}/site_1/analytics/stats?period=30d`;
/**
 * Milliseconds of two reports at intervals of ten seconds, and some for a busy machine. A later count fails the test.
 */
const deadlineMs = 30_000;

describe('the usage of a key (Redis)', () => {
  describeWithPostgres('over two gateways', () => {
    let product: Product;
    let clients: readonly [ApiClient, ApiClient];
    let session: string;
    beforeAll(async () => {
      product = await startProductOnRunStores({
        gateways: 2,
        redisDeadlineMs: 5_000,
      });
      const [first, second] = product.gateways.map((gateway) => createApiClient(gateway.address('api'), 'org_demo'));
      if (first === undefined || second === undefined) throw new Error('two gateways were asked for');
      clients = [first, second];
      session = await first.logIn(product.owner.email, product.owner.password);
    });
    afterAll(() => product.stop());

    const read = async (path: string): Promise<unknown> => JSON.parse((await clients[0].get(path, session)).text);
    const totals = async (keyId: string) => {
      const { data } = apiKeyUsageSchema.parse(await read(`${organization}/api-keys/${keyId}/usage`));
      const sum = (member: 'requests' | 'succeeded' | 'client_errors') =>
        data.reduce((total, bucket) => total + bucket[member], 0);
      return { requests: sum('requests'), succeeded: sum('succeeded'), refused: sum('client_errors') };
    };
    const untilCounted = (keyId: string, requests: number) =>
      waitFor(async () => (await totals(keyId)).requests === requests, { deadlineMs, what: `${requests} requests` });

    it('adds up what both have counted, and says when the key was last used', async () => {
      const { id, key } = await clients[0].createKey(session, ['sites:read']);
      const beforeMs = Date.now();
      for (let n = 0; n < 5; n += 1) expect((await clients[0].get(sites, key)).status).toBe(200);
      for (let n = 0; n < 3; n += 1) expect((await clients[1].get(sites, key)).status).toBe(200);
      expect((await clients[1].get(stats, key)).status).toBe(403);
      expect((await clients[0].get('/api/v1/nowhere', key)).status).toBe(404);
      const afterMs = Date.now();
      await untilCounted(id, 10);
      expect(await totals(id)).toEqual({ requests: 10, succeeded: 8, refused: 2 });

      const { data } = organizationUsageSchema.parse(await read(`${organization}/api-key-usage`));
      const entry = data.find(({ key_id: keyId }) => keyId === id);
      expect(entry).toMatchObject({ requests: 10, limited: 0 });
      expect(entry?.requests_by_bucket).toHaveLength(24);
      const listed = apiKeyListSchema.parse(await read(`${organization}/api-keys`)).data.find((each) => each.id === id);
      const lastUsedMs = Date.parse(listed?.last_used_at ?? '');
      // By Redis's clock, which is also this machine's.
      expect(lastUsedMs).toBeGreaterThanOrEqual(beforeMs - 1_000);
      expect(lastUsedMs).toBeLessThanOrEqual(afterMs + 1_000);
    });

    it('is reported by a gateway that stops, without a loss', async () => {
      const gateway = await product.startGateway();
      const client = createApiClient(gateway.address('api'), 'org_demo');
      const { id, key } = await clients[0].createKey(session);
      for (let n = 0; n < 4; n += 1) expect((await client.getDecided(sites, key)).status).toBe(200);
      expect(await gateway.running.stop()).toEqual({ code: 0, signal: null });
      expect((await totals(id)).requests).toBe(4);
    });

    it('is counted once when a key service dies', async () => {
      const { id, key } = await clients[0].createKey(session);
      expect((await clients[0].getDecided(sites, key)).status).toBe(200);
      await untilCounted(id, 1);
      product.keys.running.signal('SIGKILL');
      await product.keys.running.exited;
      for (let n = 0; n < 4; n += 1) expect((await clients[0].get(sites, key)).status).toBe(200);
      const failed = /"at":"usage_report_failed"/g;
      const failures = () => [...(product.gateways[0]?.running.output().matchAll(failed) ?? [])].length;
      await waitFor(() => failures() >= 2, { deadlineMs, what: 'a report that failed, and failed again' });
      await product.keys.restart();
      await untilCounted(id, 5);
      expect((await clients[0].get(sites, key)).status).toBe(200);
      await untilCounted(id, 6);
    });
  });
});
