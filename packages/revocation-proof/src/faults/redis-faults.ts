import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '@engagetrack/test-ground/stores';
import { withRedis } from '@engagetrack/test-ground/stores';
import { armed, type Fault, redisAway } from './fault.ts';

/** Milliseconds of writes that a Redis loses which writes its file to the disk every second. */
const lostTailMs = 1_000;

export const redisFaults: readonly Fault[] = [
  {
    id: 'F02.redis-kill',
    what: 'Redis kill -9, then back with its data',
    holdMs: [1_000, 500],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({ inject: redis.kill, heal: () => redis.restart({ keepData: true }) })),
  },
  {
    id: 'F03.redis-frozen',
    what: 'Redis SIGSTOP',
    holdMs: [5_000, 3_000],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({ inject: redis.freeze, heal: redis.thaw })),
  },
  {
    id: 'F04.restart-empty',
    what: 'Redis restarts empty',
    holdMs: [0, 0],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({ inject: () => redis.restart(), heal: nothing })),
  },
  {
    id: 'F04.last-second',
    what: 'Redis restarts without its last second',
    holdMs: [0, 0],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({ inject: () => restartWithoutTail(redis), heal: nothing })),
  },
  {
    id: 'F04.flushall',
    what: 'FLUSHALL',
    holdMs: [0, 0],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({ inject: () => command(redis, 'FLUSHALL'), heal: nothing })),
  },
  {
    id: 'F04.script-flush',
    what: 'SCRIPT FLUSH',
    holdMs: [0, 0],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({ inject: () => command(redis, 'SCRIPT', 'FLUSH'), heal: nothing })),
  },
  {
    id: 'F04.eviction-policy',
    what: 'maxmemory-policy allkeys-lru',
    holdMs: [2_000, 1_000],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({
      inject: () => command(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'),
      heal: () => command(redis, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction'),
    })),
  },
  {
    id: 'F04.memory-full',
    what: 'maxmemory reached',
    holdMs: [2_000, 1_000],
    promises: redisAway,
    aftermath: 'generation',
    arm: armed(({ redis }) => ({
      inject: () => command(redis, 'CONFIG', 'SET', 'maxmemory', '1'),
      heal: () => command(redis, 'CONFIG', 'SET', 'maxmemory', '0'),
    })),
  },
];

async function nothing(): Promise<void> {
  // Lost data stays lost, so there is no fault to end.
}

async function command({ url }: RedisServer, name: string, ...args: readonly string[]): Promise<void> {
  await withRedis(url, (redis) => redis.call(name, ...args));
}

/** Cuts the append-only file back to its length a second before the kill. */
async function restartWithoutTail(redis: RedisServer): Promise<void> {
  const file = await appendOnlyFile(redis);
  const { size } = await stat(file);
  await delay(lostTailMs);
  await redis.kill();
  await truncate(file, size);
  await redis.restart({ keepData: true });
}

/** The path of the file that Redis appends to now; a full synchronisation with a primary has begun a new one. */
async function appendOnlyFile({ url }: RedisServer): Promise<string> {
  const setting = (name: string): Promise<string> =>
    withRedis(url, async (redis) => {
      const [, value] = (await redis.config('GET', name)) as [string, string];
      return value;
    });
  const folder = join(await setting('dir'), await setting('appenddirname'));
  const numbered = (await readdir(folder)).flatMap((name) => {
    const [, number] = /\.(\d+)\.incr\.aof$/.exec(name) ?? [];
    return number === undefined ? [] : [{ name, number: Number(number) }];
  });
  const newest = numbered.toSorted((a, b) => b.number - a.number)[0];
  if (newest === undefined) throw new Error('Redis keeps no append-only file');
  return join(folder, newest.name);
}
