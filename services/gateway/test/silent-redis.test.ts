import {
  type AdmissionStore,
  createRedisAdmissionStore,
  createRedisRevocationStore,
  newGeneration,
} from '@engagetrack/admission-store';
import { apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { connectRedis, connectRedisOnce, createLogger } from '@engagetrack/service-chassis';
import { describeWithOwnRedis, type RedisServer, startRedis, waitFor } from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

const log = createLogger({ service: 'gateway', level: 'silent' });
/** Milliseconds, as in the gateway. */
const commandTimeoutMs = 1_000;
const deadlineMs = 50;
/** Milliseconds. The kernel alone would notice after a quarter of an hour. */
const noticedMs = 6_000;
const hourMs = 60 * 60 * 1000;

describeWithOwnRedis('a connection to Redis that dies in silence', () => {
  let before: RedisServer;
  let after: RedisServer;
  let proxy: TcpFaultProxy;
  beforeAll(async () => {
    [before, after] = await Promise.all([startRedis(), startRedis()]);
    proxy = await startTcpFaultProxy(before.port, () => 0);
  });
  afterAll(async () => {
    await before.thaw();
    await proxy.stop();
    await Promise.all([before.stop(), after.stop()]);
  });

  it('is given up by a gateway, which reaches the new server at the address', async () => {
    for (const { url } of [before, after]) await vouch(url);
    const redis = connectRedis({ url: proxy.through(before.url), name: 'gateway', commandTimeoutMs, log });
    const store = createRedisAdmissionStore(redis, { deadlineMs });
    try {
      await vouchedFor(store);
      // The server answers nothing and closes no connection, like a host that lost its power.
      proxy.retarget(after.port);
      await before.freeze();
      await waitFor(async () => (await spend(store)) !== 'spent', { deadlineMs: noticedMs, what: 'the loss' });
      await vouchedFor(store);
      expect(proxy.serverSidePorts().length).toBeGreaterThan(0);
    } finally {
      store.close();
      redis.disconnect();
    }
  });
});

const spend = async (store: AdmissionStore): Promise<string> => {
  const request = {
    keyId: apiKeyIdSchema.parse('key_1'),
    organizationId: organizationIdSchema.parse('org_a'),
    epoch: 1,
    expiresAtMs: undefined,
    policy: { name: 'standard', quota: 600, windowSeconds: 60 },
  };
  return (await store.spend(request)).verdict;
};

async function vouchedFor(store: AdmissionStore): Promise<void> {
  await waitFor(async () => (await spend(store)) === 'spent', { deadlineMs: noticedMs, what: 'the word of Redis' });
}

/** Renews as a renewer does, for as long as the test may take. */
async function vouch(url: string): Promise<void> {
  const options = { url, name: 'renewal', commandTimeoutMs: 200 };
  const redis = connectRedis({ ...options, log });
  const revocations = createRedisRevocationStore({ redis, connectForCycle: () => connectRedisOnce(options) });
  try {
    const cycle = await revocations.openCycle();
    const generation = newGeneration();
    await cycle.setWitness(generation, (await cycle.beginReload(generation)) + hourMs);
  } finally {
    revocations.close();
    redis.disconnect();
  }
}
