import type { ApiKeyHash } from '@engagetrack/api-key';

/**
 * Limits how many requests of one key are being decided at once. A quota says how many there may be in a minute, not at
 * the same moment: a thousand that one key sends together do not delay everybody else's next one. There is no clock and
 * no rate, so an idle gateway delays no request.
 */
export interface KeyConcurrency {
  /** Runs the work now, or when an earlier one of the same key has ended, in the order of the calls. */
  run<Result>(hash: ApiKeyHash, work: () => Promise<Result>): Promise<Result>;
}

interface Account {
  running: number;
  readonly waiting: (() => void)[];
}

/** Keys. Above it those without a request are forgotten; members of a Map that come and go leave garbage (line.ts). */
const accountsMax = 10_000;

/** @param decidedAtOnceMax requests of one key; the next ones wait for one of them. */
export function createKeyConcurrency(decidedAtOnceMax: number): KeyConcurrency {
  const accounts = new Map<ApiKeyHash, Account>();

  return {
    run: async (hash, work) => {
      const account = accountOf(hash);
      if (account.running < decidedAtOnceMax) account.running += 1;
      else await new Promise<void>((resolve) => account.waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = account.waiting.shift();
        // One ends and one begins, so the number stays.
        if (next !== undefined) next();
        else account.running -= 1;
      }
    },
  };

  function accountOf(hash: ApiKeyHash): Account {
    const known = accounts.get(hash);
    if (known !== undefined) return known;
    if (accounts.size >= accountsMax) forgetIdle();
    const account: Account = { running: 0, waiting: [] };
    accounts.set(hash, account);
    return account;
  }

  function forgetIdle(): void {
    for (const [hash, { running }] of accounts) if (running === 0) accounts.delete(hash);
  }
}
