import { setTimeout as delay } from 'node:timers/promises';
import { inParallel } from '@engagetrack/test-ground';
import { withRedis } from '@engagetrack/test-ground/stores';
import type { Redis } from 'ioredis';
import type { Scenario } from '../scenario.ts';

const keys = 8;
/** Milliseconds, in which a cycle fails and its key service reads the policy again. */
const troubleMs = 700;
/** Milliseconds. The witness is over by then, unless an instance still extends it. */
const leaseOverMs = 2_500;
/**
 * Milliseconds. Redis distinguishes ages by seconds, so a marker is older than a key that was written so much later.
 */
const agedMs = 2_500;
const padding = 'x'.repeat(1_024);
const oldPaddings = 300;
const paddingsMax = 2 * oldPaddings;

/** Markers are the keys that were unused for longest; every request uses the witness. */
export const eviction: Scenario = {
  kind: 'scenario',
  what: 'Redis set to evict, and short of memory',
  bothKeyServices: true,
  play: async (scene) => {
    const { client, ground, taps } = scene;
    const known = await inParallel(Array.from({ length: keys }), keys, () => scene.createKnownKey());
    await scene.silenceAnnouncements();
    await withRedis(ground.redis.url, async (redis) => {
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      await redis.config('SET', 'maxmemory-samples', '64');
      for (const link of ['keys 0 to redis', 'keys 1 to redis'] as const) scene.part(link);
      await delay(troubleMs);
      for (const link of ['keys 0 to redis', 'keys 1 to redis']) taps.link(link).release();
      await delay(leaseOverMs);
      await Promise.all(known.map((key) => scene.revokeOnce(key, 0)));
      await writeOld(redis);
      await delay(agedMs);
      await evictMarkers(redis);
      await Promise.all(known.map((key) => client.callEverywhere(key)));
    });
  },
};

/** Writes keys as old as the markers: so many that one eviction takes never all of them, and not the witness. */
async function writeOld(redis: Redis): Promise<void> {
  for (let n = 0; n < oldPaddings; n += 1) await redis.set(`old-padding:${n}`, padding);
}

/** Evicts until one marker is gone. */
async function evictMarkers(redis: Redis): Promise<void> {
  const [, used] = /^used_memory:(\d+)/m.exec(await redis.info('memory')) ?? [];
  await redis.config('SET', 'maxmemory', used ?? '0');
  for (let n = 0; n < paddingsMax && (await redis.keys('revoked:*')).length === keys; n += 1)
    await redis.set(`padding:${n}`, padding);
  await redis.config('SET', 'maxmemory', '0');
}
