import type { ApiKeyHash } from '@engagetrack/api-key';
import { unavailable } from '@engagetrack/contracts';
import { createPace, type Pace } from './pace.ts';

/**
 * How fast the requests of one key begin, and how fast it is told that its quota is spent.
 *
 * A quota says how many there may be in a minute, not how many at once. Without this, ten thousand requests that one key
 * sends at the same moment would all be begun before anybody else's next one. A usual crowd begins at once; what is over
 * it begins at a pace that leaves most of the process's time to other keys. Nothing is decided here: a request that has
 * waited is judged when it begins.
 *
 * A request waits before anything is made for it that it needs only later: a thousand may wait, and V8 moves each of them
 * twice.
 */
export interface KeyBursts {
  /**
   * Begins a request that shows the key with this hash, now or in its turn.
   * @param begin returns false when its caller has left: that is nobody's turn.
   * @throws Problem 503 when too many requests of the key wait already, to begin or for their refusal.
   */
  take(hash: ApiKeyHash, begin: () => boolean): void;
  /** Slower than requests begin: whoever goes on regardless of a 429 is slowed down. */
  refusals(hash: ApiKeyHash): Pace;
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
  readonly waiting: (() => boolean)[];
  refusals: Pace | undefined;
  refusalsWaiting: number;
}

/** @param mayBeLive of a hash; one that is nobody's for all that is known has no line: strangers have paces of their own. */
export function createKeyBursts(mayBeLive: (hash: ApiKeyHash) => boolean): KeyBursts {
  /** Only of keys that have begun something lately. */
  const accounts = new Map<ApiKeyHash, Account>();
  let ticks: NodeJS.Timeout | undefined;
  let mayRefusalsWait = true;

  return {
    take: (hash, begin) => {
      if (!mayBeLive(hash)) {
        begin();
        return;
      }
      const account = accountOf(hash);
      if (account.waiting.length + account.refusalsWaiting >= waitingPerKeyMax) throw unavailable('key_over_capacity');
      account.waiting.push(begin);
      beginWaiting(account);
    },
    refusals: (hash) => {
      const account = accountOf(hash);
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

  function accountOf(hash: ApiKeyHash): Account {
    const known = accounts.get(hash);
    if (known !== undefined) return known;
    const account: Account = { allowed: burst, waiting: [], refusals: undefined, refusalsWaiting: 0 };
    accounts.set(hash, account);
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
    for (const [hash, account] of accounts) {
      account.allowed = Math.min(burst, account.allowed + beginningsPerTick);
      beginWaiting(account);
      if (account.allowed >= burst && (account.refusals?.isResting() ?? true)) accounts.delete(hash);
    }
    if (accounts.size > 0) return;
    clearInterval(ticks);
    ticks = undefined;
  }

  function beginWaiting(account: Account): void {
    while (account.allowed >= 1) {
      const begin = account.waiting.shift();
      if (begin === undefined) return;
      if (begin()) account.allowed -= 1;
    }
  }
}
