import { createHash } from 'node:crypto';
import { rateLimited } from '@engagetrack/contracts';
import { clientNetwork, type RedisConnection } from '@engagetrack/service-chassis';
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Limits guesses of passwords per account, so that many addresses do not help, and per address (one /64 of IPv6), so
 * that many accounts do not.
 */
export interface LogInLimit {
  /**
   * Counts an attempt before its password is looked at, so that concurrent guesses count too.
   * @throws Problem 429.
   */
  spend(attempt: LogInAttempt): Promise<void>;
  /** Gives back the units of an attempt with the right password. */
  giveBack(attempt: LogInAttempt): Promise<void>;
}

export interface LogInAttempt {
  /** Lower-case. */
  readonly email: string;
  readonly address: string;
}

export interface LogInLimitOptions {
  /** Shared by all key services; without it each service counts alone. */
  readonly redis?: RedisConnection;
  /** Unix milliseconds. */
  readonly now: () => number;
}

const windowSeconds = 15 * 60;
const failuresPerAccountMax = 10;
const failuresPerAddressMax = 60;

export function createLogInLimit({ redis, now }: LogInLimitOptions): LogInLimit {
  const perAccount = createLimiter('account', failuresPerAccountMax, redis);
  const perAddress = createLimiter('address', failuresPerAddressMax, redis);

  return {
    spend: async ({ email, address }) => {
      await spendOne(perAddress, clientNetwork(address));
      await spendOne(perAccount, nameOf(email));
    },
    giveBack: async ({ email, address }) => {
      await Promise.all([perAddress.reward(clientNetwork(address)), perAccount.reward(nameOf(email))]);
    },
  };

  async function spendOne(limiter: RateLimiterAbstract, name: string): Promise<void> {
    try {
      await limiter.consume(name);
    } catch (refusal) {
      // The library rejects with this class when the limit is reached, and with an Error when the store fails.
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      const nowMs = now();
      const resetSeconds = Math.ceil((nowMs + refusal.msBeforeNext) / 1000);
      throw rateLimited(resetSeconds, Math.max(1, resetSeconds - Math.floor(nowMs / 1000)));
    }
  }
}

function createLimiter(kind: string, points: number, redis: RedisConnection | undefined): RateLimiterAbstract {
  const memory = new RateLimiterMemory({ points, duration: windowSeconds, keyPrefix: kind });
  if (redis === undefined) return memory;
  // Without Redis each key service counts by itself: log-in is never unlimited.
  return new RateLimiterRedis({
    storeClient: redis,
    points,
    duration: windowSeconds,
    keyPrefix: `log-in:${kind}`,
    insuranceLimiter: memory,
  });
}

/** Hashes the e-mail address, because a person's address must not be stored in Redis. */
function nameOf(email: string): string {
  return createHash('sha256').update(email).digest('base64url').slice(0, 22);
}
