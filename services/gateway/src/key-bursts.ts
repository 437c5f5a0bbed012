import { type ApiKeyId, unavailable } from '@engagetrack/contracts';

/**
 * How fast the requests of one key begin.
 *
 * A quota says how many there may be in a minute, not how many at once. Without this, ten thousand requests that one key
 * sends at the same moment would all be begun before anybody else's next one. A usual crowd begins at once; what is over
 * it begins at a pace that leaves most of the process's time to other keys. Nothing is decided here: a request that has
 * waited is judged when it begins.
 */
export interface KeyBursts {
  /**
   * What a request of this key has to wait for; undefined when it may begin.
   * @throws Problem 503 when too many requests of the key wait already.
   */
  turn(keyId: ApiKeyId): Promise<void> | undefined;
  /** A request that has begun was over the key's quota: it counts as several, so that whoever goes on regardless is slowed down. */
  wasOverQuota(keyId: ApiKeyId): void;
  stop(): void;
}

/** Begun at once by a key that has been quiet. */
const burst = 16;
const beginningsPerSecond = 500;
const waitingPerKeyMax = 1_024;
/** A key that has spent its quota is refused a hundred times a second, however many requests it sends. */
const overQuotaCost = 5;
const tickMs = 5;
const beginningsPerTick = (beginningsPerSecond * tickMs) / 1_000;

interface Account {
  allowed: number;
  readonly waiting: (() => void)[];
}

export function createKeyBursts(): KeyBursts {
  /** Only of keys that have begun something lately. */
  const accounts = new Map<ApiKeyId, Account>();
  let ticks: NodeJS.Timeout | undefined;

  return {
    turn: (keyId) => {
      const account = accounts.get(keyId) ?? open(keyId);
      if (account.allowed > 0) {
        account.allowed -= 1;
        return undefined;
      }
      if (account.waiting.length >= waitingPerKeyMax) throw unavailable('key_over_capacity');
      return new Promise((resolve) => account.waiting.push(resolve));
    },
    wasOverQuota: (keyId) => {
      const account = accounts.get(keyId) ?? open(keyId);
      account.allowed -= overQuotaCost - 1;
    },
    stop: () => {
      clearInterval(ticks);
      for (const { waiting } of accounts.values()) for (const begin of waiting.splice(0)) begin();
    },
  };

  function open(keyId: ApiKeyId): Account {
    const account: Account = { allowed: burst, waiting: [] };
    accounts.set(keyId, account);
    ticks ??= setInterval(tick, tickMs).unref();
    return account;
  }

  /** Counted in ticks and not by a clock: a process that was busy owes nobody a burst. */
  function tick(): void {
    for (const [keyId, account] of accounts) {
      account.allowed += beginningsPerTick;
      for (const begin of account.waiting.splice(0, Math.max(0, account.allowed))) {
        account.allowed -= 1;
        begin();
      }
      if (account.allowed >= burst) accounts.delete(keyId);
    }
    if (accounts.size > 0) return;
    clearInterval(ticks);
    ticks = undefined;
  }
}
