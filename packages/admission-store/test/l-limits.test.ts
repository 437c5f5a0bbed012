import { describeWithOwnRedis, type RedisServer, startRedis, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createMemoryStores, createRedisAdmissionStore, createRedisRevocationStore } from '../src/index.ts';
import { redisKeys } from '../src/redis-keys.ts';
import { firstEpoch, newRequest, parseSpent, reload, type Store, storeOf } from './admission-store-contract.ts';
import { connect } from './connect.ts';

const deadlineMs = 20_000;
const storeDeadlineMs = 1_000;
const counters = 'quota:*';

interface OpenStore extends Store {
  readonly redis: Redis;
  close(): void;
}

async function openStore(url: string): Promise<OpenStore> {
  const redis = await connect(url);
  const admission = createRedisAdmissionStore(redis, { deadlineMs: storeDeadlineMs });
  const revocations = createRedisRevocationStore({ redis, connectForCycle: () => connect(url) });
  const store = storeOf(admission, revocations);
  await reload(store);
  await waitFor(async () => (await store.spend(newRequest())).verdict === 'spent', { deadlineMs, what: 'trust' });
  return {
    ...store,
    redis,
    close: () => {
      admission.close();
      revocations.close();
      redis.disconnect();
    },
  };
}

describeWithOwnRedis('L: the counters that limits keep in Redis', () => {
  let server: RedisServer;
  let store: OpenStore;
  beforeAll(async () => {
    server = await startRedis();
    store = await openStore(server.url);
  });
  afterAll(async () => {
    store.close();
    await server.stop();
  });

  it('L07 have no counter for a key that was refused', async () => {
    const [revoked, stale, expired] = [newRequest(), newRequest({ epoch: 1 }), newRequest({ expiresAtMs: 1 })];
    await store.markRevoked(revoked.keyId);
    await store.raiseEpoch(stale.organizationId, firstEpoch);
    for (const request of [revoked, stale, expired]) {
      expect(await store.spend(request)).not.toMatchObject({ verdict: 'spent' });
      expect(await store.redis.keys(`quota:*${request.keyId}*`)).toEqual([]);
    }
  });

  it('L13 all expire, even when the connection or the server broke while they were made', async () => {
    const requests = Array.from({ length: 200 }, () => newRequest());
    const spend = async (n: number): Promise<void> => {
      const request = requests[n % requests.length] ?? newRequest();
      const windowEndMs = Math.ceil(Date.now() / 60_000) * 60_000;
      const carried = n % 3 === 0 ? { windowEndMs, seen: n % 50, unreported: n % 7 } : undefined;
      await store.spend({ ...request, carried }).catch(() => undefined);
    };
    for (let round = 0; round < 20; round += 1) {
      const spending = Promise.all(Array.from({ length: 500 }, (_, n) => spend(round * 500 + n)));
      // The connection or the server breaks in the middle of the round.
      if (round % 5 === 1) store.redis.disconnect(true);
      if (round === 12) await server.restart({ keepData: true });
      await spending;
      if (round === 12) await reload(store).catch(() => undefined);
      await waitFor(async () => (await store.redis.ping()) === 'PONG', { deadlineMs, what: 'Redis' });
    }
    const names = await store.redis.keys(counters);
    expect(names.length).toBeGreaterThan(100);
    const ends = await Promise.all(names.map((name) => store.redis.pttl(name)));
    // A counter that expired between the two commands gives -2; one without an expiry would give -1.
    expect(ends.filter((ms) => ms === -1 || ms > 60_000)).toEqual([]);
  });

  it('L16 take at most 200 bytes for each key and window', async () => {
    await store.redis.flushall();
    await reload(store);
    await waitFor(async () => (await store.spend(newRequest())).verdict === 'spent', { deadlineMs, what: 'trust' });
    const keys = 100_000;
    // The window does not end while its counters are measured.
    const policy = { name: 'default', quota: 600, windowSeconds: 86_400 };
    const used = async () => Number(/^used_memory_dataset:(\d+)/m.exec(await store.redis.info('memory'))?.[1]);
    const overhead = async () => Number(/^used_memory_overhead:(\d+)/m.exec(await store.redis.info('memory'))?.[1]);
    const before = (await used()) + (await overhead());
    for (let done = 0; done < keys; done += 500)
      await Promise.all(
        Array.from({ length: 500 }, async () => parseSpent(await store.spend({ ...newRequest(), policy }))),
      );
    const names = await store.redis.dbsize();
    expect(names).toBeGreaterThanOrEqual(keys);
    const grown = (await used()) + (await overhead()) - before;
    expect(grown / keys).toBeLessThan(200);
  }, 180_000);
});

describeWithOwnRedis('L: a Redis that is a cluster', () => {
  let server: RedisServer;
  let store: OpenStore;
  beforeAll(async () => {
    server = await startRedis({ settings: { 'cluster-enabled': 'yes' } });
    const redis = await connect(server.url);
    await redis.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    await waitFor(async () => /cluster_state:ok/.test(String(await redis.call('CLUSTER', 'INFO'))), {
      deadlineMs,
      what: 'a cluster that is whole',
    });
    redis.disconnect();
    store = await openStore(server.url);
  });
  afterAll(async () => {
    store.close();
    await server.stop();
  });

  it('L18 keeps all keys of one request in one slot, and runs every script of the protocol', async () => {
    const request = newRequest();
    const { keyId, organizationId } = request;
    const names = [
      redisKeys.witness,
      redisKeys.claim,
      redisKeys.gateways,
      redisKeys.revoked(keyId),
      redisKeys.epoch(organizationId),
      redisKeys.quota(keyId, 'analytics'),
      redisKeys.quota(newRequest().keyId, 'standard'),
    ];
    const slots = await Promise.all(names.map((name) => store.redis.call('CLUSTER', 'KEYSLOT', name)));
    expect(new Set(slots).size).toBe(1);
    expect(parseSpent(await store.spend(request)).count).toBe(1);
    expect(await store.admission.pulse('one', [request])).toMatchObject({ verdict: 'trusted', states: ['live'] });
    await store.raiseEpoch(organizationId, firstEpoch + 1);
    expect(await store.spend(request)).toEqual({ verdict: 'stale' });
    await store.markRevoked(keyId);
    expect(await store.spend(request)).toEqual({ verdict: 'revoked' });
  });
});

/** Tests the in-memory adapter, whose clock can be set. In Redis a script reads the clock once, for both instants. */
describe('L: a clock that is set', () => {
  it.each([-5, 5])('L15 by %s s ends no window in the past, and makes no count negative', async (seconds) => {
    for (const startMs of [12_000, 58_000, 61_000]) {
      let nowMs = Date.UTC(2026, 2, 14, 12) + startMs;
      const { admission, revocations } = createMemoryStores(() => nowMs);
      const store = storeOf(admission, revocations);
      await reload(store);
      const request = newRequest();
      for (let n = 0; n < 5; n += 1) await store.spend(request);
      nowMs += seconds * 1_000;
      const { count, windowEndMs } = parseSpent(await store.spend(request));
      expect(count).toBe(Math.floor((nowMs - seconds * 1_000) / 60_000) === Math.floor(nowMs / 60_000) ? 6 : 1);
      expect(windowEndMs).toBeGreaterThan(nowMs);
      expect(windowEndMs % 60_000).toBe(0);
    }
  });
});
