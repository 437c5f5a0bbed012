import {
  describeWithOwnRedis,
  describeWithRedis,
  type RedisServer,
  startRedis,
  waitFor,
} from '@engagetrack/system-test/stores';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createRedisAdmissionStore } from '../src/index.ts';
import {
  firstEpoch,
  itKeepsTheAdmissionPromises,
  newRequest,
  parseSpent,
  type Store,
} from './admission-store-contract.ts';
import { commandTimeoutMs, connect } from './connect.ts';

const recoveryDeadlineMs = 5_000;
/** What a loaded machine may add to a deadline. */
const latenessMaxMs = 1_500;

describeWithRedis('the Redis admission store', (redisUrl) => {
  itKeepsTheAdmissionPromises(async () => {
    const connections = await Promise.all([connect(redisUrl()), connect(redisUrl())]);
    const [first, second] = connections.map(createRedisAdmissionStore);
    if (first === undefined || second === undefined) throw new Error('Two connections make two stores');
    return { first, second, close: async () => connections.forEach((connection) => void connection.disconnect()) };
  });
});

describeWithRedis('what the Redis admission store keeps', (redisUrl) => {
  let redis: Redis;
  let store: Store;
  beforeAll(async () => {
    redis = await connect(redisUrl());
    store = createRedisAdmissionStore(redis);
  });
  afterAll(() => redis.disconnect());

  it('is one counter a window, named by its end and gone with it', async () => {
    const request = newRequest();
    await store.raiseEpoch(request.organizationId, firstEpoch);
    const { windowEndMs } = parseSpent(await store.spend(request));
    await store.spend(request);
    const counters = await redis.keys(`quota:*${request.keyId}*`);
    expect(counters).toEqual([`quota:{s0}:${request.keyId}:analytics:${windowEndMs}`]);
    expect(await redis.pexpiretime(counters[0] ?? '')).toBe(windowEndMs);
  });

  it('is no counter for a key that was refused', async () => {
    const untrusted = newRequest();
    const [revoked, stale, expired] = [newRequest(), newRequest({ epoch: 1 }), newRequest({ expiresAtMs: 1 })];
    await store.markRevoked(revoked.keyId);
    for (const { organizationId } of [revoked, stale, expired]) await store.raiseEpoch(organizationId, firstEpoch);
    for (const request of [untrusted, revoked, stale, expired]) {
      expect(await store.spend(request)).not.toMatchObject({ verdict: 'spent' });
      expect(await redis.keys(`quota:*${request.keyId}*`)).toEqual([]);
    }
  });

  it('is a marker that outlives every memory of the key, and an epoch without an end', async () => {
    const request = newRequest();
    await store.markRevoked(request.keyId);
    await store.raiseEpoch(request.organizationId, firstEpoch);
    const hourMs = 60 * 60 * 1000;
    expect(await redis.pttl(`revoked:{s0}:${request.keyId}`)).toBeGreaterThan(23 * hourMs);
    expect(await redis.get(`epoch:{s0}:${request.organizationId}`)).toBe(String(firstEpoch));
    expect(await redis.pttl(`epoch:{s0}:${request.organizationId}`)).toBe(-1);
  });
});

describeWithOwnRedis('the Redis admission store in trouble', () => {
  let server: RedisServer;
  let redis: Redis;
  let store: Store;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    redis = await connect(server.url);
    store = createRedisAdmissionStore(redis);
  });
  afterEach(() => redis.disconnect());
  afterAll(() => server.stop());

  const newTrustedRequest = async () => {
    const request = newRequest();
    await store.raiseEpoch(request.organizationId, firstEpoch);
    return request;
  };

  it('sends one command for each unit', async () => {
    const request = await newTrustedRequest();
    await store.spend(request);
    const observer = await connect(server.url);
    const monitor = await observer.monitor();
    const commands: string[] = [];
    monitor.on('monitor', (_time: string, args: string[], source: string) => {
      // What a script calls is shown too, and is no round trip.
      if (source !== 'lua') commands.push(args[0]?.toLowerCase() ?? '');
    });
    for (let i = 0; i < 3; i++) await store.spend(request);
    await redis.echo('end');
    await waitFor(() => commands.includes('echo'), { deadlineMs: recoveryDeadlineMs, what: 'the last command' });
    expect(commands).toEqual(['evalsha', 'evalsha', 'evalsha', 'echo']);
    monitor.disconnect();
    observer.disconnect();
  });

  it('heals when the scripts are lost, and loses no count', async () => {
    const request = await newTrustedRequest();
    await store.spend(request);
    await redis.script('FLUSH');
    const spent = await Promise.all([1, 2, 3].map(() => store.spend(request)));
    expect(spent.map((each) => parseSpent(each).count).sort()).toEqual([2, 3, 4]);
    await redis.script('FLUSH');
    await store.raiseEpoch(request.organizationId, firstEpoch + 1);
    expect(await store.spend(request)).toEqual({ verdict: 'stale' });
  });

  it('rejects every call within the deadline when Redis is frozen', async () => {
    const request = await newTrustedRequest();
    await server.freeze();
    try {
      const calls = [
        () => store.spend(request),
        () => store.markRevoked(request.keyId),
        () => store.raiseEpoch(request.organizationId, firstEpoch + 1),
      ];
      for (const call of calls) {
        const startMs = performance.now();
        await expect(call()).rejects.toThrow('Command timed out');
        expect(performance.now() - startMs).toBeLessThan(commandTimeoutMs + latenessMaxMs);
      }
    } finally {
      await server.thaw();
    }
  });

  it('spends a unit whose answer came too late once, and not again', async () => {
    const request = await newTrustedRequest();
    expect(await store.spend(request)).toMatchObject({ count: 1 });
    await server.freeze();
    const late = store.spend(request);
    await expect(late).rejects.toThrow('Command timed out');
    await server.thaw();
    expect(await store.spend(request)).toMatchObject({ count: 3 });
  });

  it('rejects at once while the connection is lost, and recovers by itself', async () => {
    const request = await newTrustedRequest();
    expect(await store.spend(request)).toMatchObject({ count: 1 });
    await server.freeze();
    const inFlight = expect(store.spend(request)).rejects.toThrow();
    await server.kill();
    await inFlight;
    await waitFor(() => redis.status !== 'ready', { deadlineMs: recoveryDeadlineMs, what: 'a lost connection' });
    const startMs = performance.now();
    await expect(store.spend(request)).rejects.toThrow();
    await expect(store.markRevoked(request.keyId)).rejects.toThrow();
    expect(performance.now() - startMs).toBeLessThan(commandTimeoutMs + latenessMaxMs);

    await server.restart({ keepData: true });
    const spent = await waitFor(() => store.spend(request), { deadlineMs: recoveryDeadlineMs, what: 'an answer' });
    expect(spent).toMatchObject({ verdict: 'spent', count: 2 });
  });

  it('vouches for nobody after it came back empty', async () => {
    const request = await newTrustedRequest();
    expect(await store.spend(request)).toMatchObject({ verdict: 'spent' });
    await server.restart();
    const admission = await waitFor(() => store.spend(request), { deadlineMs: recoveryDeadlineMs, what: 'an answer' });
    expect(admission).toEqual({ verdict: 'untrusted' });
  });

  it('rejects instead of admitting without a count when Redis is full', async () => {
    const request = await newTrustedRequest();
    await redis.config('SET', 'maxmemory', '1');
    try {
      await expect(store.spend(request)).rejects.toThrow('OOM');
      await expect(store.markRevoked(request.keyId)).rejects.toThrow('OOM');
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });

  it('rejects instead of admitting when what is kept has another form', async () => {
    const request = await newTrustedRequest();
    await redis.set(`epoch:{s0}:${request.organizationId}`, 'four');
    await expect(store.spend(request)).rejects.toThrow();
  });
});
