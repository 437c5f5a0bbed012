import { waitFor } from '@engagetrack/test-ground/stores';
import { Redis } from 'ioredis';

/** Waits until most of a minute of Redis's clock is left, so that the next requests are counted in one window. */
export async function earlyInAMinute(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    await waitFor(async () => Number((await redis.time())[0]) % 60 < 20, {
      deadlineMs: 50_000,
      what: 'the beginning of a minute',
    });
  } finally {
    redis.disconnect();
  }
}
