import { readFileSync } from 'node:fs';
import { settlesWithin } from '@engagetrack/test-ground';
import { describeWithOwnRedis, type RedisServer, startRedis, waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { allScriptsOf, scriptsOf } from '../src/generation-scripts.ts';
import { createRedisAdmissionStore, createRedisRevocationStore, type Mark, newGeneration } from '../src/index.ts';
import {
  firstEpoch,
  itKeepsTheAdmissionPromises,
  newRequest,
  parseSpent,
  reload,
  type Store,
  storeOf,
} from './admission-store-contract.ts';
import { commandTimeoutMs, connect } from './connect.ts';

const recoveryDeadlineMs = 5_000;
/** Milliseconds. A later result fails the test. */
const latenessMaxMs = 1_500;
/** Milliseconds. Long, so that a busy machine does not look like a failing Redis. */
const deadlineMs = 1_000;

interface OpenStore extends Store {
  readonly redis: Redis;
  close(): void;
}

async function openStore(url: string): Promise<OpenStore> {
  const redis = await connect(url);
  const admission = createRedisAdmissionStore(redis, { deadlineMs });
  const revocations = createRedisRevocationStore({ redis, connectForCycle: () => connect(url) });
  return {
    ...storeOf(admission, revocations),
    redis,
    close: () => {
      admission.close();
      revocations.close();
      redis.disconnect();
    },
  };
}

describeWithOwnRedis('the Redis admission store', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  itKeepsTheAdmissionPromises(async () => {
    const [first, second] = await Promise.all([openStore(server.url), openStore(server.url)]);
    return {
      first,
      second,
      close: async () => {
        first.close();
        second.close();
      },
    };
  });
});

describeWithOwnRedis('the data of the Redis admission store', () => {
  let server: RedisServer;
  let store: OpenStore;
  beforeAll(async () => {
    server = await startRedis();
    store = await openStore(server.url);
    await reload(store);
    await spendWhenTrusted(store);
  });
  afterAll(async () => {
    store.close();
    await server.stop();
  });

  it('has one counter a window, named by its end and expiring with it', async () => {
    const request = newRequest();
    const { windowEndMs } = parseSpent(await store.spend(request));
    await store.spend(request);
    const counters = await store.redis.keys(`quota:*${request.keyId}*`);
    expect(counters).toEqual([`quota:{s0}:${request.keyId}:analytics:${windowEndMs}`]);
    expect(await store.redis.pexpiretime(counters[0] ?? '')).toBe(windowEndMs);
  });

  it('has markers that outlive every cached key by far', async () => {
    const request = newRequest();
    await store.markRevoked(request.keyId);
    await store.raiseEpoch(request.organizationId, firstEpoch);
    const hourMs = 60 * 60 * 1000;
    for (const name of [`revoked:{s0}:${request.keyId}`, `epoch:{s0}:${request.organizationId}`])
      expect(await store.redis.pttl(name)).toBeGreaterThan(23 * hourMs);
  });

  it('counts the gateways that pulsed within the last seconds', async () => {
    const { admission } = store;
    expect(await admission.pulse('one', [])).toMatchObject({ liveGateways: 1 });
    expect(await admission.pulse('two', [])).toMatchObject({ liveGateways: 2 });
    await waitFor(
      async () => {
        const pulse = await admission.pulse('one', []);
        return pulse.verdict === 'trusted' && pulse.liveGateways === 1;
      },
      { deadlineMs: recoveryDeadlineMs, what: 'the other gateway to be forgotten' },
    );
  });

  it('goes on from the count that a gateway has seen when a counter is lost', async () => {
    const request = newRequest({ policy: { name: 'daily', quota: 600, windowSeconds: 86_400 } });
    const { windowEndMs } = parseSpent(await store.spend(request));
    await store.redis.del(`quota:{s0}:${request.keyId}:daily:${windowEndMs}`);
    const carried = { windowEndMs, seen: 41, unreported: 0 };
    expect(await store.spend({ ...request, carried })).toMatchObject({ count: 42 });
  });

  it('may not be evicted: a policy other than noeviction is reported', async () => {
    const cycle = await store.revocations.openCycle();
    expect(await cycle.mayEvict()).toBe(false);
    await store.redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await cycle.mayEvict()).toBe(true);
    await store.redis.config('SET', 'maxmemory-policy', 'noeviction');
  });
});

describeWithOwnRedis('the users of the shipped ACL', () => {
  it('can do their work, and nothing that would let a gateway vouch for itself', async () => {
    const server = await startRedis();
    const stores: OpenStore[] = [];
    try {
      const owner = await connect(server.url);
      const acl = readFileSync(new URL('../config/redis-users.acl', import.meta.url), 'utf8');
      for (const line of acl.split('\n').filter((text) => /^user (gateway|keys) /.test(text))) {
        const [, name = '', ...rules] = line.split(' ');
        await owner.acl('SETUSER', name, ...rules);
      }
      const urlOf = (user: string) => server.url.replace('redis://', `redis://${user}:replace-this-password@`);
      const [keys, gateway] = await Promise.all([openStore(urlOf('keys')), openStore(urlOf('gateway'))]);
      stores.push(keys, gateway);
      await reload(keys);
      const request = newRequest();
      await spendWhenTrusted(gateway);
      // The key service spends for gateways that cannot reach Redis.
      await spendWhenTrusted(keys);
      expect(await gateway.admission.pulse('one', [])).toMatchObject({ verdict: 'trusted' });
      await keys.markRevoked(request.keyId);
      await keys.raiseEpoch(request.organizationId, 2);
      const marks: Mark[] = [];
      await keys.revocations.visitMarks(async (some) => void marks.push(...some));
      expect(marks).toEqual([
        { kind: 'key_revoked', keyId: request.keyId },
        { kind: 'organization_changed', organizationId: request.organizationId, epoch: 2 },
      ]);
      expect(await gateway.spend(request)).toEqual({ verdict: 'revoked' });
      for (const forbidden of [
        () => gateway.markRevoked(newRequest().keyId),
        () => reload(gateway),
        () => gateway.redis.set('witness:{s0}', '0'.repeat(32)),
        () => gateway.redis.del(`revoked:{s0}:${request.keyId}`),
        () => gateway.redis.eval('return 1', 0),
        () => gateway.redis.script('LOAD', 'return 1'),
        () => gateway.redis.flushall(),
        () => keys.redis.flushall(),
      ])
        await expect(forbidden()).rejects.toThrow(/NOPERM|permission/);
      owner.disconnect();
    } finally {
      for (const store of stores) store.close();
      await server.stop();
    }
  });
});

describeWithOwnRedis('the Redis admission store in trouble', () => {
  let server: RedisServer;
  let redis: Redis;
  let store: OpenStore;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(async () => {
    store = await openStore(server.url);
    redis = store.redis;
    await reload(store);
    await spendWhenTrusted(store);
  });
  afterEach(() => store.close());
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
      // MONITOR also shows the commands that a script calls; those are no round trips.
      if (source !== 'lua') commands.push(args[0]?.toLowerCase() ?? '');
    });
    for (let i = 0; i < 3; i++) await store.spend(request);
    await redis.echo('end');
    await waitFor(() => commands.includes('echo'), { deadlineMs: recoveryDeadlineMs, what: 'the last command' });
    expect(commands).toEqual(['evalsha', 'evalsha', 'evalsha', 'echo']);
    monitor.disconnect();
    observer.disconnect();
  });

  it('vouches for nothing when the scripts of its generation are lost, until a reload', async () => {
    const request = await newTrustedRequest();
    expect(await store.spend(request)).toMatchObject({ count: 1 });
    await redis.script('FLUSH');
    expect(await store.spend(request)).toEqual({ verdict: 'untrusted' });
    expect(await store.markRevoked(request.keyId)).toBeUndefined();
    const generation = await reload(store);
    expect(await spendWhenTrusted(store, request)).toMatchObject({ count: 2 });
    expect(await store.markRevoked(request.keyId)).toBe(generation);
  });

  it('vouches by the scripts of another version once a renewal has loaded them', async () => {
    const request = await newTrustedRequest();
    const generation = await reload(store);
    const { spend, pulse } = scriptsOf(generation);
    await redis.script('FLUSH');
    for (const script of allScriptsOf(scriptsOf(generation)))
      if (![spend.text, pulse.text].includes(script.text)) await redis.script('LOAD', script.text);
    expect(await store.spend(request)).toEqual({ verdict: 'untrusted' });
    const newer = await openStore(server.url);
    try {
      const cycle = await newer.revocations.openCycle();
      expect(await cycle.timeOf(newGeneration())).toBeUndefined();
      expect(await store.spend(request)).toEqual({ verdict: 'untrusted' });
      expect(await cycle.timeOf(generation)).toBeGreaterThan(0);
      expect(await spendWhenTrusted(store, request)).toMatchObject({ verdict: 'spent' });
    } finally {
      newer.close();
    }
  });

  it('vouches for nothing after FLUSHALL, until a reload', async () => {
    const request = await newTrustedRequest();
    await redis.flushall();
    expect(await store.spend(request)).toEqual({ verdict: 'untrusted' });
    await reload(store);
    expect(await spendWhenTrusted(store, request)).toMatchObject({ count: 1 });
  });

  it('vouches for nothing after a restart that kept all data: the writes of the last second may be lost', async () => {
    const request = await newTrustedRequest();
    await server.restart({ keepData: true });
    const admission = await waitFor(() => store.spend(request), { deadlineMs: recoveryDeadlineMs, what: 'an answer' });
    expect(admission).toEqual({ verdict: 'untrusted' });
    expect(await redis.get('witness:{s0}')).toMatch(/^[0-9a-f]{32}$/);
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
        const rejected = expect(call()).rejects.toThrow(/timed out|longer than/);
        expect(await settlesWithin(commandTimeoutMs + latenessMaxMs, rejected)).toBe(true);
        await rejected;
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
    await expect(late).rejects.toThrow(/timed out|longer than/);
    await server.thaw();
    expect(await store.spend(request)).toMatchObject({ count: 3 });
  });

  it('rejects at once while the connection is lost, and sends no more commands after a few failures', async () => {
    const request = await newTrustedRequest();
    await server.kill();
    await waitFor(() => redis.status !== 'ready', { deadlineMs: recoveryDeadlineMs, what: 'a lost connection' });
    const asked = async () => {
      for (let n = 0; n < 5; n += 1) await expect(store.spend(request)).rejects.toThrow();
      await expect(store.markRevoked(request.keyId)).rejects.toThrow();
      expect(await store.spend(request)).toEqual({ verdict: 'untrusted' });
    };
    const answers = asked();
    expect(await settlesWithin(latenessMaxMs, answers)).toBe(true);
    await answers;

    await server.restart();
    await waitFor(async () => (await reload(store)) !== undefined, {
      deadlineMs: recoveryDeadlineMs,
      what: 'a reload',
    });
    expect(await spendWhenTrusted(store, request)).toMatchObject({ count: 1 });
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

  it('rejects instead of admitting when a counter has another form', async () => {
    const request = await newTrustedRequest();
    await redis.set(`epoch:{s0}:${request.organizationId}`, 'four');
    await expect(store.spend(request)).rejects.toThrow();
  });
});

/** A gateway learns of a new generation by its first calls, whose answer is `untrusted`. */
async function spendWhenTrusted(store: Store, request = newRequest()) {
  return waitFor(
    async () => {
      const admission = await store.spend(request);
      return admission.verdict !== 'untrusted' && admission;
    },
    { deadlineMs: recoveryDeadlineMs, what: 'a store that vouches for its markers' },
  );
}
