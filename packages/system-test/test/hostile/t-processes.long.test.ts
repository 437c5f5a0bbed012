import { connect, type Socket } from 'node:net';
import {
  type ApiClient,
  createApiClient,
  hooks,
  type Product,
  type RunningService,
  residentBytes,
  startProductOnRunStores,
} from '@engagetrack/test-ground';
import { describeWithPostgres, describeWithRedis, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const sites = '/api/v1/organizations/org_demo/sites';
/** MiB that a gateway may grow by under a flood (docs/performance.md). */
const growthMaxMiB = 128;
const deadlineMs = 20_000;
const stallMs = 3_000;

describeWithRedis('T: a gateway as a process in trouble', () => {
  describeWithPostgres('with a key service', () => {
    let product: Product;
    let keyService: ApiClient;
    let session: string;
    /** A gateway without a fault, which shows the effect of the machine. */
    let undisturbed: ApiClient;
    beforeAll(async () => {
      product = await startProductOnRunStores({
        gateways: 1,
        redisDeadlineMs: 5_000,
      });
      const { owner, gateways, keys } = product;
      keyService = createApiClient(keys.address('api'), owner.organizationId);
      undisturbed = createApiClient(gateways[0]?.address('api') ?? '', owner.organizationId);
      session = await keyService.logIn(owner.email, owner.password);
    });
    afterAll(() => product.stop());

    const clientOf = (gateway: RunningService) => createApiClient(gateway.address('api'), product.owner.organizationId);
    const readiness = async (gateway: RunningService) => {
      const response = await fetch(`${gateway.address('admin')}/readyz`);
      return { status: response.status, reason: JSON.parse(await response.text()).reason };
    };
    const metric = async (gateway: RunningService, name: string) => {
      const text = await (await fetch(`${gateway.address('admin')}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    };
    const untilReady = (gateway: RunningService) =>
      waitFor(async () => (await readiness(gateway)).status === 200, { deadlineMs, what: 'a gateway that is ready' });
    /** Opens connections that send nothing, up to the limit and beyond. */
    const occupy = async (gateway: RunningService, count: number): Promise<readonly Socket[]> => {
      const port = Number(new URL(gateway.address('api')).port);
      const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'));
      for (const socket of sockets) socket.on('error', () => undefined);
      await waitFor(() => sockets.every(({ connecting }) => !connecting), { deadlineMs, what: 'every connection' });
      return sockets;
    };
    const timed = async (work: () => Promise<unknown>): Promise<number> => {
      const startedAtMs = performance.now();
      await work();
      return performance.now() - startedAtMs;
    };

    it('T11 admits no request by knowledge from before its event loop stood still, and reports it', async () => {
      const gateway = await product.startGateway(hooks.stallOnSignal(stallMs));
      const client = clientOf(gateway);
      const [revoked, live] = [await keyService.createKey(session), await keyService.createKey(session)];
      for (const { key } of [revoked, live]) expect((await client.getDecided(sites, key)).status).toBe(200);
      expect((await readiness(gateway)).status).toBe(200);

      gateway.running.signal('SIGUSR2');
      let stoodStill = true;
      const afterwards = fetch(`${gateway.address('admin')}/readyz`).then(async (response) => {
        stoodStill = false;
        return { status: response.status, text: await response.text() };
      });
      expect((await keyService.revokeKey(session, revoked.id)).status).toBe(204);
      expect(stoodStill).toBe(true);
      const answers = await Promise.all([client.get(sites, revoked.key), client.get(sites, live.key)]);
      expect(answers.map(({ status }) => status)).toEqual([401, 200]);
      // A load balancer that asks in the meantime gets no answer, and then the reason.
      expect(await afterwards).toMatchObject({
        status: 503,
        text: expect.stringContaining('the event loop stood still a moment ago'),
      });
      expect(await metric(gateway, 'gateway_event_loop_stalls_total')).toBe(1);
      await untilReady(gateway);
    });

    it.each([
      ['T04', 'many files', 4_096, 3_000],
      ['T12', 'few files', 256, 600],
    ])('%s gives new connections the slots of silent ones, with room for %s', async (...row) => {
      const [, , openFilesMax, silent] = row;
      const gateway = await product.startGateway({}, openFilesMax);
      const client = clientOf(gateway);
      const { key } = await keyService.createKey(session);
      expect((await client.getDecided(sites, key)).status).toBe(200);
      const sockets = await occupy(gateway, silent);
      await waitFor(() => sockets.some(({ destroyed, readableEnded }) => destroyed || readableEnded), {
        deadlineMs,
        what: 'a connection that had to go',
      });
      // Each on a new connection, while every other slot is taken.
      for (let n = 0; n < 30; n += 1) {
        const response = await fetch(gateway.address('api') + sites, {
          headers: { authorization: `Bearer ${key}`, connection: 'close' },
        });
        expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('data')]);
      }
      expect(await readiness(gateway)).toMatchObject({ status: 200 });
      for (const socket of sockets) socket.destroy();
      // Within a second of the time that a gateway without a fault takes.
      const [recovered, control] = await Promise.all([
        timed(() => client.get(sites, key)),
        timed(() => undisturbed.get(sites, key)),
      ]);
      expect(recovered).toBeLessThan(control + 1_000);
      await gateway.running.stop();
      expect(await gateway.running.exited).toEqual({ code: 0, signal: null });
    });

    it('T04 grows no further with every burst of clients that disconnect, and goes on', async () => {
      const gateway = await product.startGateway();
      const { pid } = gateway.running;
      const client = clientOf(gateway);
      const { key } = await keyService.createKey(session);
      const beforeBytes = residentBytes(pid);
      for (let burst = 0; burst < 4; burst += 1) {
        const sockets = await occupy(gateway, 2_000);
        await waitFor(async () => (await client.get(sites, key)).status === 200, { deadlineMs, what: 'an answer' });
        for (const socket of sockets) socket.destroy();
      }
      expect((residentBytes(pid) - beforeBytes) / 2 ** 20).toBeLessThan(growthMaxMiB);
      expect((await client.get(sites, key)).status).toBe(200);
    });

    it('T13 empties its caches when its heap is nearly full, reports it, and goes on', async () => {
      const gateway = await product.startGateway(hooks.fillHeapOnSignal(160, 0.92));
      const client = clientOf(gateway);
      const { key } = await keyService.createKey(session);
      expect((await client.getDecided(sites, key)).status).toBe(200);
      expect((await readiness(gateway)).status).toBe(200);
      gateway.running.signal('SIGUSR2');
      await waitFor(async () => (await readiness(gateway)).reason === 'the heap is nearly full', {
        deadlineMs,
        what: 'a gateway that says that its heap is nearly full',
      });
      expect(await metric(gateway, 'gateway_heap_sheds_total')).toBeGreaterThan(0);
      for (let n = 0; n < 50; n += 1) expect((await client.get(sites, key)).status).toBe(200);
      gateway.running.signal('SIGUSR2');
      await untilReady(gateway);
      expect((await client.get(sites, key)).status).toBe(200);
    });
  });
});
