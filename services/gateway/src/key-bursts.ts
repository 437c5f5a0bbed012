import { type ApiKeyId, unavailable } from '@engagetrack/contracts';
import { createPace, type Pace } from './pace.ts';

/**
 * How fast the requests of one key begin, and how fast it is told that its quota is spent.
 *
 * A quota says how many there may be in a minute, not how many at once. Without this, ten thousand requests that one key
 * sends at the same moment would all be begun before anybody else's next one. A usual crowd begins at once; what is over
 * it begins at a pace that leaves most of the process's time to other keys. Nothing is decided here: a request that has
 * waited is judged when it begins.
 */
export interface KeyBursts {
  /**
   * What a request of this key has to wait for; undefined when it may begin.
   * @throws Problem 503 when too many requests of the key wait already, to begin or for their refusal.
   */
  turn(keyId: ApiKeyId): Promise<void> | undefined;
  /** Slower than requests begin: whoever goes on regardless of a 429 is slowed down. */
  refusals(keyId: ApiKeyId): Pace;
  /** Refuses at once whoever waits for it, and whoever comes from now on. */
  refuseWithoutWaiting(): void;
  stop(): void;
}

/** Begun at once by a key that has been quiet. */
const burst = 16;
const beginningsPerSecond = 500;
const waitingPerKeyMax = 1_024;
const tickMs = 5;
const beginningsPerTick = (beginningsPerSecond * tickMs) / 1_000;
const refusalsPerSecond = 100;

interface Account {
  allowed: number;
  readonly waiting: (() => void)[];
  refusals: Pace | undefined;
  refusalsWaiting: number;
}

export function createKeyBursts(): KeyBursts {
  /** Only of keys that have begun something lately. */
  const accounts = new Map<ApiKeyId, Account>();
  let ticks: NodeJS.Timeout | undefined;
  let mayRefusalsWait = true;

  return {
    turn: (keyId) => {
      const account = accountOf(keyId);
      if (account.waiting.length + account.refusalsWaiting >= waitingPerKeyMax) throw unavailable('key_over_capacity');
      if (account.waiting.length === 0 && account.allowed >= 1) {
        account.allowed -= 1;
        return undefined;
      }
      return new Promise((resolve) => account.waiting.push(resolve));
    },
    refusals: (keyId) => {
      const account = accountOf(keyId);
      account.refusals ??= openRefusals(account);
      return account.refusals;
    },
    refuseWithoutWaiting,
    stop: () => {
      clearInterval(ticks);
      refuseWithoutWaiting();
      for (const { waiting } of accounts.values()) for (const begin of waiting.splice(0)) begin();
    },
  };

  function accountOf(keyId: ApiKeyId): Account {
    const known = accounts.get(keyId);
    if (known !== undefined) return known;
    const account: Account = { allowed: burst, waiting: [], refusals: undefined, refusalsWaiting: 0 };
    accounts.set(keyId, account);
    ticks ??= setInterval(tick, tickMs).unref();
    return account;
  }

  function openRefusals(account: Account): Pace {
    const pace = createPace({
      perSecond: refusalsPerSecond,
      burst,
      waitingMax: waitingPerKeyMax,
      tellWaiting: (waiting) => {
        account.refusalsWaiting = waiting;
      },
    });
    if (!mayRefusalsWait) pace.stop();
    return pace;
  }

  function refuseWithoutWaiting(): void {
    mayRefusalsWait = false;
    for (const { refusals } of accounts.values()) refusals?.stop();
  }

  /** Counted in ticks and not by a clock: a process that was busy owes nobody a burst. */
  function tick(): void {
    for (const [keyId, account] of accounts) {
      account.allowed = Math.min(burst, account.allowed + beginningsPerTick);
      for (const begin of account.waiting.splice(0, Math.floor(account.allowed))) {
        account.allowed -= 1;
        begin();
      }
      if (account.allowed >= burst && (account.refusals?.isResting() ?? true)) accounts.delete(keyId);
    }
    if (accounts.size > 0) return;
    clearInterval(ticks);
    ticks = undefined;
  }
}
