import { createApiClient, type Product, type RunningService, startProductOnRunStores } from '@engagetrack/test-ground';
import { describeWithPostgres, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { laterVersion } from '../src/faults/rolling-deployment.ts';

const sites = '/api/v1/organizations/org_demo/sites';

describe('a rolling deployment of a version with other scripts (Redis)', () => {
  describeWithPostgres('key services first', () => {
    let product: Product;
    beforeAll(async () => {
      product = await startProductOnRunStores({
        gateways: 2,
        // The key service that is not replaced keeps the generation alive, as in any deployment one by one.
        keyServices: 2,
        // On a busy machine Redis may answer late; that must not look like a failing Redis here.
        redisDeadlineMs: 1_000,
      });
    });
    afterAll(() => product.stop());

    it('has the gateways of both versions trusted by Redis at once, in the generation of the earlier one', async () => {
      const [earlier, later] = product.gateways;
      const [, laterKeys] = product.keyServices;
      if (earlier === undefined || later === undefined || laterKeys === undefined) throw new Error('two of each');
      const session = await createApiClient(earlier.address('api'), 'org_demo').logIn(
        product.owner.email,
        product.owner.password,
      );
      for (const service of [laterKeys, later]) {
        await service.running.stop();
        await service.restart(laterVersion);
      }
      const { key, id } = await createApiClient(earlier.address('api'), 'org_demo').createKey(session);
      for (const gateway of [earlier, later]) {
        const client = createApiClient(gateway.address('api'), 'org_demo');
        await waitFor(
          async () => {
            const before = await vouchedByStore(gateway);
            expect((await client.get(sites, key)).status).toBe(200);
            return (await vouchedByStore(gateway)) > before;
          },
          { deadlineMs: 10_000, what: 'the word of Redis' },
        );
      }
      expect(laterKeys.running.output()).not.toContain('markers_reloaded');
      expect((await createApiClient(later.address('api'), 'org_demo').revokeKey(session, id)).status).toBe(204);
      for (const gateway of [earlier, later])
        expect((await createApiClient(gateway.address('api'), 'org_demo').get(sites, key)).status).toBe(401);
    });
  });
});

async function vouchedByStore(gateway: RunningService): Promise<number> {
  const metrics = await (await fetch(`${gateway.address('admin')}/metrics`)).text();
  return Number(/^gateway_decisions_total\{source="store"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
