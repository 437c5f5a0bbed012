import { createSeededRandom } from '@engagetrack/test-ground';
import {
  describeWithOwnRedis,
  type PostgresServer,
  type RedisServer,
  startRedis,
  waitFor,
} from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy, type TcpFaultProxy } from '@engagetrack/test-ground/wire';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { faults, faultsNamed } from '../src/faults/catalogue.ts';
import type { ArmedFault, FaultGround, FaultyLinks } from '../src/faults/fault.ts';

describe('the catalogue of faults', () => {
  it('names every fault once, with the number of its row', () => {
    const ids = faults.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^F\d\d\.[a-z-]+$/);
  });

  it('finds one fault, or all of a row, and lists the names for an unknown one', () => {
    expect(faultsNamed(['F04.flushall']).map(({ id }) => id)).toEqual(['F04.flushall']);
    expect(faultsNamed(['F07']).map(({ id }) => id)).toEqual(['F07.dropped', 'F07.duplicated', 'F07.reordered']);
    expect(faultsNamed([])).toBe(faults);
    expect(() => faultsNamed(['F0'])).toThrow(/^There is no fault F0; there are F00\.healthy, /);
  });
});

describe('createSeededRandom', () => {
  it('makes the same choices again for the same seed, and others for another one', () => {
    const choices = (seed: number) => {
      const random = createSeededRandom(seed);
      return [random.next(), random.between(5, 6), random.pick(['a', 'b', 'c']), ...random.shuffle([1, 2, 3, 4, 5])];
    };
    expect(choices(7)).toEqual(choices(7));
    expect(choices(7)).not.toEqual(choices(8));
  });

  it('spreads evenly', () => {
    const random = createSeededRandom(1);
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 4_000; n += 1) {
      const quarter = Math.floor((random.between(10, 20) - 10) / 2.5);
      counts[quarter] = (counts[quarter] ?? 0) + 1;
    }
    expect(counts).toHaveLength(4);
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(100);
  });

  it('gives a fork the same choices, independent of all other choices', () => {
    const [before, after] = [createSeededRandom(3), createSeededRandom(3)];
    after.next();
    expect(before.fork('a').next()).toBe(after.fork('a').next());
    expect(before.fork('a').next()).not.toBe(before.fork('b').next());
  });
});

describeWithOwnRedis('a fault of Redis', () => {
  let redis: RedisServer;
  let proxies: TcpFaultProxy[];
  let ground: FaultGround;
  let clients: Redis[];
  beforeEach(async () => {
    redis = await startRedis();
    clients = [];
    proxies = [];
    const link = async () => {
      const proxy = await startTcpFaultProxy(redis.port, () => 0);
      proxies.push(proxy);
      return proxy;
    };
    const links: FaultyLinks = {
      gatewayToRedis: await link(),
      keysToRedis: await link(),
      ownKeysToRedis: await link(),
      gatewayToKeys: await link(),
      gatewayToKeysInternal: await link(),
    };
    ground = groundOf(redis, links);
  });
  afterEach(async () => {
    // A client that is disconnected while it reconnects holds a timer for seconds.
    await waitFor(() => clients.every(({ status }) => status === 'ready'), { deadlineMs: 5_000, what: 'all clients' });
    for (const client of clients) client.disconnect();
    await Promise.all(proxies.map((proxy) => proxy.stop()));
    await redis.stop();
  });

  it('F04.restart-empty and F04.flushall take everything', async () => {
    for (const id of ['F04.restart-empty', 'F04.flushall']) {
      await connect().set('key', 'value');
      await (await arm(id)).inject();
      expect(await connect().get('key')).toBeNull();
    }
  });

  it('F02.redis-kill takes nothing, and F04.last-second takes the writes of the second before', async () => {
    const client = connect();
    await client.set('old', 'value');
    const killed = await arm('F02.redis-kill');
    await killed.inject();
    await killed.heal();
    expect(await connect().get('old')).toBe('value');

    const { pid } = redis;
    // Counts up to the kill, and not on the server that comes after it.
    let killedAgain = false;
    client.once('close', () => {
      killedAgain = true;
    });
    const losing = (await arm('F04.last-second')).inject();
    let highest = 0;
    while (!killedAgain) highest = Math.max(highest, await client.incr('young').catch(() => 0));
    await losing;
    expect(redis.pid).not.toBe(pid);
    expect(await connect().get('old')).toBe('value');
    expect(highest).toBeGreaterThan(1);
    expect(Number(await connect().get('young'))).toBeLessThan(highest);
  });

  it('F04.script-flush takes the scripts and leaves the data', async () => {
    const client = connect();
    await client.set('key', 'value');
    const digest = String(await client.script('LOAD', 'return 1'));
    await (await arm('F04.script-flush')).inject();
    await expect(client.evalsha(digest, 0)).rejects.toThrow('NOSCRIPT');
    expect(await client.get('key')).toBe('value');
  });

  it('F04.memory-full refuses writes until it is healed', async () => {
    const fault = await arm('F04.memory-full');
    await fault.inject();
    await expect(connect().set('key', 'value')).rejects.toThrow('OOM');
    await fault.heal();
    expect(await connect().set('key', 'value')).toBe('OK');
  });

  it('F06.failover gives the address to a replica that lags, leaves one link behind, and takes it all back', async () => {
    const everybody = connect();
    const pinned = connect(ground.links.gatewayToRedis.port);
    const oldProcess = redis.pid;
    await everybody.set('early', 'value');
    await pinned.ping();
    const fault = await arm('F06.failover');
    await waitFor(async () => (await everybody.info('replication')).includes('state=online'), {
      deadlineMs: 5_000,
      what: 'the replica',
    });
    await fault.inject();
    expect(await processOf(pinned)).toBe(oldProcess);
    const newProcess = await processOf(everybody);
    expect(newProcess).not.toBe(oldProcess);
    // Both accept writes, and neither gets the other's.
    await everybody.set('young', 'new');
    await pinned.set('young', 'old');
    expect(await everybody.mget('early', 'young')).toEqual(['value', 'new']);

    await fault.heal();
    for (const client of [everybody, pinned]) {
      expect(await processOf(client)).toBe(oldProcess);
      expect(await client.mget('early', 'young')).toEqual(['value', 'new']);
    }
    await redis.restart({ keepData: true });
    expect(await connect().get('young')).toBe('new');
  });

  it('F07.dropped disconnects every subscriber, but no other client', async () => {
    const subscriber = connect();
    const other = connect();
    await subscriber.subscribe('news');
    await other.ping();
    let breaks = 0;
    for (const [client, weight] of [
      [subscriber, 1],
      [other, 1_000],
    ] as const)
      client.on('close', () => {
        breaks += weight;
      });
    const fault = await arm('F07.dropped');
    await fault.inject();
    await waitFor(() => breaks >= 3, { deadlineMs: 5_000, what: 'three breaks' });
    await fault.heal();
    expect(breaks).toBeLessThan(1_000);
  });

  it('F07.duplicated publishes every announcement eleven times, and repeats none of its own', async () => {
    const heard = await listen();
    const fault = await arm('F07.duplicated');
    await fault.inject();
    await connect().publish('news', 'one');
    await waitFor(() => heard.length === 11, { deadlineMs: 5_000, what: 'ten repetitions' });
    await connect().publish('news', 'two');
    await waitFor(() => heard.length >= 22, { deadlineMs: 5_000, what: 'ten more' });
    await fault.heal();
    expect([heard.filter((text) => text === 'one').length, heard.filter((text) => text === 'two').length]).toEqual([
      11, 11,
    ]);
  });

  it('F07.reordered publishes every announcement again, the newest first', async () => {
    const heard = await listen();
    const fault = await arm('F07.reordered');
    await fault.inject();
    const publisher = connect();
    for (const text of ['one', 'two', 'three']) await publisher.publish('news', text);
    await waitFor(() => heard.length === 6, { deadlineMs: 5_000, what: 'the repetitions' });
    await fault.heal();
    expect(heard).toEqual(['one', 'two', 'three', 'three', 'two', 'one']);
  });

  function connect(port = redis.port): Redis {
    const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 10 });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }

  async function listen(): Promise<string[]> {
    const heard: string[] = [];
    const subscriber = connect();
    subscriber.on('message', (_channel: string, text: string) => heard.push(text));
    await subscriber.subscribe('news');
    return heard;
  }

  function arm(id: string): Promise<ArmedFault> {
    const [fault] = faultsNamed([id]);
    if (fault === undefined) throw new Error(`no ${id}`);
    return fault.arm(ground);
  }
});

async function processOf(client: Redis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
}

/** Faults of Redis touch neither Postgres nor a process of the product. */
function groundOf(redis: RedisServer, links: FaultyLinks): FaultGround {
  const untouched = async (): Promise<never> => {
    throw new Error('A fault of Redis has touched something else');
  };
  const postgres: PostgresServer = {
    url: 'postgres://nowhere',
    stop: untouched,
    kill: untouched,
    freeze: untouched,
    thaw: untouched,
    restart: untouched,
    backUp: untouched,
    restore: untouched,
  };
  const keys = {
    name: 'keys',
    running: {
      pid: -1,
      output: () => '',
      exited: Promise.resolve({ code: 0, signal: null }),
      hasExited: () => false,
      signal: () => undefined,
      stop: untouched,
    },
    address: () => '',
    restart: untouched,
  };
  return {
    redis,
    postgres,
    links,
    upstream: { url: '', takeArrivals: () => [], behave: () => undefined, stop: untouched },
    random: createSeededRandom(1),
    gatewayThawed: () => undefined,
    product: {
      gateways: [],
      keys,
      keyServices: [keys],
      upstream: undefined,
      owner: { email: '', password: '', organizationId: '' },
      startGateway: untouched,
      startKeys: untouched,
      output: () => '',
      stop: untouched,
    },
  };
}
