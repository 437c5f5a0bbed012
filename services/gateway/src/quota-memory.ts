import { type CarriedCount, type RateLimitPolicy, type Spent, windowEndMs } from '@engagetrack/admission-store';
import type { ApiKeyId } from '@engagetrack/contracts';
import { LRUCache } from 'lru-cache';

/**
 * What this gateway has counted of each key's window. With it a store that lost its memory goes on counting from where
 * it was; and while the store cannot be asked, this gateway admits its share of what it knows to be left, by itself.
 *
 * It errs on the side of fewer: while cut off, all gateways together stay within the quota.
 */
export interface QuotaMemory {
  carried(keyId: ApiKeyId, policy: RateLimitPolicy): CarriedCount | undefined;
  /** The store has counted a unit. */
  heard(keyId: ApiKeyId, policy: RateLimitPolicy, spent: Spent): void;
  /** Counts a unit without the store. `count` exceeds the quota when this gateway's share is used up. */
  spendAlone(keyId: ApiKeyId, policy: RateLimitPolicy): Spent;
}

export interface QuotaMemoryParts {
  /** The store's clock as well as it can be known without asking, Unix milliseconds. */
  readonly storeNow: () => number;
  /** How many gateways shared the quota when the store was last heard. */
  readonly liveGateways: () => number;
}

const countersMax = 50_000;

interface Counter {
  readonly windowEndMs: number;
  seen: number;
  unreported: number;
  /** Of the units left when the store was last heard, how many this gateway may admit alone. */
  share: number | undefined;
}

export function createQuotaMemory({ storeNow, liveGateways }: QuotaMemoryParts): QuotaMemory {
  const counters = new LRUCache<string, Counter>({ max: countersMax });
  let lastHeardMs: number | undefined;

  return {
    carried: (keyId, { name }) => {
      const counter = counters.get(`${keyId}:${name}`);
      return counter && { windowEndMs: counter.windowEndMs, seen: counter.seen, unreported: counter.unreported };
    },
    heard: (keyId, { name }, { windowEndMs: endMs, count, nowMs }) => {
      lastHeardMs = nowMs;
      const counter = counters.get(`${keyId}:${name}`);
      if (counter?.windowEndMs !== endMs) {
        counters.set(`${keyId}:${name}`, { windowEndMs: endMs, seen: count, unreported: 0, share: undefined });
        return;
      }
      // Replies to concurrent requests come in any order.
      counter.seen = Math.max(counter.seen, count);
      counter.unreported = 0;
      counter.share = undefined;
    },
    spendAlone: (keyId, policy) => {
      const nowMs = storeNow();
      const endMs = windowEndMs(nowMs, policy.windowSeconds);
      const counter = counterFor(`${keyId}:${policy.name}`, endMs);
      counter.share ??= shareOf(counter, endMs, policy);
      const isWithin = counter.unreported < counter.share;
      if (isWithin) counter.unreported += 1;
      return {
        verdict: 'spent',
        count: isWithin ? policy.quota - counter.share + counter.unreported : policy.quota + 1,
        windowEndMs: endMs,
        nowMs,
      };
    },
  };

  function counterFor(name: string, endMs: number): Counter {
    const known = counters.get(name);
    if (known?.windowEndMs === endMs) return known;
    const fresh: Counter = { windowEndMs: endMs, seen: unseen, unreported: 0, share: undefined };
    counters.set(name, fresh);
    return fresh;
  }

  function shareOf({ seen }: Counter, endMs: number, policy: RateLimitPolicy): number {
    const gateways = Math.max(1, liveGateways());
    if (seen !== unseen) return Math.max(0, Math.floor((policy.quota - seen) / gateways));
    // Nobody has heard the store since this window began, so all go by their shares of it; and a gateway that is alone
    // has seen whatever was spent. Otherwise others may have spent everything that this one has not seen.
    const windowStartMs = endMs - policy.windowSeconds * 1000;
    const isUntouched = lastHeardMs === undefined || lastHeardMs < windowStartMs;
    return isUntouched || gateways === 1 ? Math.floor(policy.quota / gateways) : 0;
  }
}

/** Nothing was heard of this window. */
const unseen = 0;
