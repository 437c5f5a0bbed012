import {
  type ApiClient,
  createApiClient,
  hooks,
  type Product,
  type RunningService,
  startProductOnRunStores,
} from '@engagetrack/test-ground';
import { describeWithPostgres, describeWithRedis, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const organizations = ['org_demo', 'org_second'];
const sitesOf = (organization: string) => `/api/v1/organizations/${organization}/sites`;
const deadlineMs = 30_000;
const hourMs = 3_600_000;
/** Keys of each organization, which may have a thousand active ones. CI creates ten times as many. */
const rounds = process.env.CI === 'true' ? 500 : 50;

describeWithRedis('K: keys over gateways and wrong clocks', () => {
  describeWithPostgres('as processes', () => {
    let product: Product;
    let session: string;
    let gateways: readonly RunningService[];
    beforeAll(async () => {
      product = await startProductOnRunStores({
        gateways: 3,
        redisDeadlineMs: 5_000,
        moreOrganizations: organizations.slice(1),
        outputBytesMax: 2 ** 20,
      });
      ({ gateways } = product);
      session = await clientOf(product.keys).logIn(product.owner.email, product.owner.password);
    });
    afterAll(() => product.stop());

    const clientOf = (service: RunningService, organization = product.owner.organizationId): ApiClient =>
      createApiClient(service.address('api'), organization);
    const statusesOf = async (organization: string, key: string) =>
      Promise.all(
        gateways.map(async (gateway) => (await clientOf(gateway).getDecided(sitesOf(organization), key)).status),
      );

    /**
     * A key service that has just started vouches for nothing yet; then a gateway counts a key that it has not seen as
     * spent.
     */
    const vouched = () =>
      waitFor(
        async () => {
          const metrics = await (await fetch(`${product.keys.address('admin')}/metrics`)).text();
          return /^witness_trusted 1$/m.test(metrics);
        },
        { deadlineMs, what: 'a key service whose word Redis has' },
      );

    it('K24 takes a key on every gateway the moment its creation is answered, again and again', async () => {
      for (const organization of organizations)
        for (let round = 0; round < rounds; round += 1) {
          const creator = gateways[round % gateways.length];
          if (creator === undefined) throw new Error('no gateway');
          const { key } = await clientOf(creator, organization).createKey(session);
          expect([round, await statusesOf(organization, key)]).toEqual([round, [200, 200, 200]]);
        }
    }, 240_000);

    it('K20 answers 402 on every gateway the moment a downgrade is answered, and 200 after an upgrade', async () => {
      const [organization = ''] = organizations;
      const { key } = await clientOf(product.keys).createKey(session);
      for (let round = 0; round < 10; round += 1) {
        expect(await statusesOf(organization, key)).toEqual([200, 200, 200]);
        expect((await clientOf(product.keys).setPlan(session, 'maker')).status).toBe(200);
        expect(await statusesOf(organization, key)).toEqual([402, 402, 402]);
        expect((await clientOf(product.keys).setPlan(session, 'agency')).status).toBe(200);
      }
    });

    it.each([
      ['ahead', hourMs],
      ['behind', -hourMs],
    ])(
      'K26 judges the end of a key by one clock, with a key service whose own is an hour %s',
      async (_how, shiftMs) => {
        await product.keys.restart(hooks.shiftClock(shiftMs));
        await vouched();
        const client = clientOf(product.keys);
        const create = async (endMs: number) => {
          const body = { name: 'Brief', scopes: ['sites:read'], expires_at: new Date(endMs).toISOString() };
          const path = `/api/v1/organizations/${organizations[0]}/api-keys`;
          return client.request('POST', path, { bearer: session, body });
        };
        // The end lies in the future by the right clock, and in the past by the wrong one that is ahead.
        const endMs = Date.now() + 5_000;
        const created = await create(endMs);
        expect([created.status, JSON.parse(created.text).expires_at]).toEqual([201, new Date(endMs).toISOString()]);
        const { key } = JSON.parse(created.text);
        expect(await statusesOf(organizations[0] ?? '', key)).toEqual([200, 200, 200]);
        await waitFor(async () => (await statusesOf(organizations[0] ?? '', key)).every((status) => status === 401), {
          deadlineMs,
          what: 'the end of the key',
          // Milliseconds. A dead key that is tried too often counts as a guess, and the next new key of this address
          // would get 429.
          everyMs: 500,
        });
        expect(Date.now()).toBeGreaterThanOrEqual(endMs);
        // The end lies in the past by the right clock, and in the future by the wrong one that is behind.
        expect((await create(Date.now() - 60_000)).status).toBe(400);
        const listed = await client.request('GET', `/api/v1/organizations/${organizations[0]}/api-keys?limit=5`, {
          bearer: session,
        });
        expect(JSON.parse(listed.text).data.map(({ name }: { name: string }) => name)).not.toContain('Brief');
        await product.keys.restart();
      },
    );
  });
});
