import {
  createRedisRevocationStore,
  type Mark,
  newGeneration,
  type RevocationStore,
} from '@engagetrack/admission-store';
import { connectRedis, connectRedisOnce, createLogger } from '@engagetrack/service-chassis';
import { describeWithOwnRedis, type RedisServer, startRedis, waitFor } from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { keyOf } from './renewal-bench.ts';

const log = createLogger({ service: 'keys', level: 'silent' });
/** Milliseconds, as in the key service. */
const commandTimeoutMs = 200;
/** Milliseconds. The kernel alone would notice after a quarter of an hour. */
const noticedMs = 6_000;
const hourMs = 60 * 60 * 1000;
const marks: readonly Mark[] = [{ kind: 'key_revoked', keyId: keyOf(1) }];

describeWithOwnRedis('a connection to Redis that dies in silence', () => {
  let before: RedisServer;
  let after: RedisServer;
  let proxy: TcpFaultProxy;
  let opened: ReturnType<typeof openRevocations>[];
  beforeEach(async () => {
    opened = [];
    [before, after] = await Promise.all([startRedis(), startRedis()]);
    proxy = await startTcpFaultProxy(before.port, () => 0);
  });
  afterEach(async () => {
    for (const { close } of opened) close();
    await before.thaw();
    await proxy.stop();
    await Promise.all([before.stop(), after.stop()]);
  });

  const open = (url: string) => {
    const revocations = openRevocations(url);
    opened.push(revocations);
    return revocations.store;
  };
  /** The server answers nothing and closes no connection, like a host that lost its power. */
  const die = async () => {
    proxy.retarget(after.port);
    await before.freeze();
  };

  it('is given up by a renewer with the cycle that it breaks: the next one reaches the new server', async () => {
    const store = open(proxy.through(before.url));
    await reload(store);
    const cycle = await store.openCycle();
    await die();
    await expect(cycle.currentGeneration()).rejects.toThrow();
    const generation = await reload(store);
    expect(await (await open(after.url).openCycle()).currentGeneration()).toBe(generation);
  });

  it('carries no step of a cycle after one that was rejected', async () => {
    const store = open(proxy.through(before.url));
    const cycle = await store.openCycle();
    const generation = newGeneration();
    const timeMs = await cycle.beginReload(generation);
    await before.freeze();
    await expect(cycle.markUnderClaim(generation, marks)).rejects.toThrow();
    await before.thaw();
    await expect(cycle.setWitness(generation, timeMs + hourMs)).rejects.toThrow();
    expect(await (await open(before.url).openCycle()).currentGeneration()).toBeUndefined();
  });

  it('is given up by a caller that marks, and the mark is written on the new server', async () => {
    const [there, now] = [open(proxy.through(before.url)), open(after.url)];
    for (const store of [there, now]) await reload(store);
    await waitFor(() => there.mark(marks), { deadlineMs: noticedMs, what: 'a mark' });
    await die();
    const generation = await (await now.openCycle()).currentGeneration();
    const marked = await waitFor(() => there.mark(marks), {
      deadlineMs: noticedMs,
      what: 'a mark on the new server',
    });
    expect(marked).toBe(generation);
  });
});

function openRevocations(url: string) {
  const options = { url, name: 'keys', commandTimeoutMs };
  const redis = connectRedis({ ...options, log });
  const store = createRedisRevocationStore({ redis, connectForCycle: () => connectRedisOnce(options) });
  return {
    store,
    close: () => {
      store.close();
      redis.disconnect();
    },
  };
}

async function reload(store: RevocationStore) {
  const cycle = await store.openCycle();
  const generation = newGeneration();
  expect(await cycle.setWitness(generation, (await cycle.beginReload(generation)) + hourMs)).toBe(true);
  return generation;
}
