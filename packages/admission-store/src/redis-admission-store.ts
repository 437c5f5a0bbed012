import type { Redis } from 'ioredis';
import type { Admission, AdmissionStore } from './admission-store.ts';
import type { MarkerStore } from './marker-store.ts';
import { markerRetentionMs, redisKeys } from './redis-keys.ts';
import { admissionScript, raiseEpochScript } from './redis-scripts.ts';

/**
 * The shared store of any number of gateways and key services.
 *
 * Every call is one command on one connection and has the connection's command deadline. A command is never sent
 * again after a lost reply: a unit that may have been spent is not spent twice.
 */
export function createRedisAdmissionStore(redis: Redis): AdmissionStore & MarkerStore {
  return {
    spend: async ({ keyId, organizationId, epoch, expiresAtMs, policy }) => {
      const reply = await runScript(
        redis,
        admissionScript,
        [redisKeys.revoked(keyId), redisKeys.epoch(organizationId), redisKeys.quota(keyId, policy.name)],
        [epoch, expiresAtMs ?? '', policy.windowSeconds * 1000],
      );
      return parseAdmission(reply);
    },
    markRevoked: async (keyId) => {
      await redis.set(redisKeys.revoked(keyId), 1, 'PX', markerRetentionMs);
    },
    raiseEpoch: async (organizationId, epoch) => {
      await runScript(redis, raiseEpochScript, [redisKeys.epoch(organizationId)], [epoch]);
    },
  };
}

/** Calls a script by its digest; a Redis that does not have it yet has run nothing, so it is then sent with its text. */
async function runScript(
  redis: Redis,
  script: { readonly text: string; readonly digest: string },
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(script.digest, keys.length, ...keys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return redis.eval(script.text, keys.length, ...keys, ...args);
  }
}

function parseAdmission(reply: unknown): Admission {
  if (Array.isArray(reply)) {
    const [verdict, count, windowEndMs, nowMs] = reply;
    if (verdict === 'spent') {
      if (typeof count === 'number' && typeof windowEndMs === 'number' && typeof nowMs === 'number')
        return { verdict, count, windowEndMs, nowMs };
    } else if (verdict === 'revoked' || verdict === 'expired' || verdict === 'stale' || verdict === 'untrusted') {
      return { verdict };
    }
  }
  throw new Error('The admission script gave an answer of an unknown form');
}
