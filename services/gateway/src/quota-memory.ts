import { type CarriedCount, type RateLimitPolicy, type Spent, windowEndMs } from '@engagetrack/admission-store';
import type { ApiKeyId } from '@engagetrack/contracts';
import { LRUCache } from 'lru-cache';

/**
 * What this gateway has counted of each key's window. With it a store that lost its memory goes on counting from where
 * it was; and while the store cannot be asked, this gateway admits its share of what it knows to be left, by itself.
 *
 * Guarantee: gateways that have all heard the last count, or nothing of the window, stay within the quota together, and
 * so they do when the store is back, if requests are spread evenly over them. What others have spent since a gateway
 * heard of a key is not known to it, so it is not taken off its share; together they stay below two quotas.
 */
export interface QuotaMemory {
  /** What a question to the store tells it. What is unreported is told by one question at a time. */
  carry(keyId: ApiKeyId, policy: RateLimitPolicy): CarriedCount | undefined;
  /**
   * The store has counted a unit, and what its question carried.
   * @returns what to go by: the store's word, but beyond the quota when others may have yet to tell it of the rest.
   */
  heard(keyId: ApiKeyId, policy: RateLimitPolicy, spent: Spent, carried: CarriedCount | undefined): Spent;
  /** The store has not counted what its question carried, or nobody knows: another question will carry it. */
  unheard(keyId: ApiKeyId, policy: RateLimitPolicy, carried: CarriedCount | undefined): void;
  /** Counts a unit without the store. `count` exceeds the quota when this gateway's share is used up. */
  spendAlone(keyId: ApiKeyId, policy: RateLimitPolicy): Spent;
}

export interface QuotaMemoryParts {
  /** The store's clock as well as it can be known without asking, Unix milliseconds. */
  readonly storeNow: () => number;
  /** How many gateways shared the quota when the store was last heard; undefined before. */
  readonly liveGateways: () => number | undefined;
  /** Windows of keys that are remembered; above it the one that was used longest ago is forgotten. */
  readonly countersMax?: number;
}

const countersMaxUsual = 50_000;
/** Of a fleet that has not been heard of yet: rather too many than too few, because all of them go by their share. */
const gatewaysAssumed = 4;
/** After a time without the store, within this the other gateways have told it what they have admitted alone. */
const settlingMs = 2_000;

interface Counter {
  readonly windowEndMs: number;
  seen: number;
  /** Units admitted alone that the store is not known to have counted. */
  unreported: number;
  /** Those of them that a question is just telling it. */
  underWay: number;
  /** How many more this gateway may admit alone before it hears the store again; undefined until it has to. */
  allowance: number | undefined;
  /** Units admitted alone in this window, told or not. */
  alone: number;
  /** Until then the store's count may lack what others have admitted alone; by the store's clock, Unix milliseconds. */
  settlesAtMs: number;
}

export function createQuotaMemory({
  storeNow,
  liveGateways,
  countersMax = countersMaxUsual,
}: QuotaMemoryParts): QuotaMemory {
  const counters = new LRUCache<string, Counter>({ max: countersMax });
  let lastHeardMs: number | undefined;

  return {
    carry: (keyId, { name }) => {
      const counter = counters.get(`${keyId}:${name}`);
      if (counter === undefined) return undefined;
      const unreported = counter.unreported - counter.underWay;
      counter.underWay = counter.unreported;
      return { windowEndMs: counter.windowEndMs, seen: counter.seen, unreported };
    },
    heard: (keyId, { name, quota }, spent, carried) => {
      const { windowEndMs: endMs, count, nowMs } = spent;
      lastHeardMs = nowMs;
      const counter = counters.get(`${keyId}:${name}`);
      if (counter === undefined || counter.windowEndMs < endMs) {
        counters.set(`${keyId}:${name}`, { ...emptyCounter, windowEndMs: endMs, seen: count });
        return spent;
      }
      // Replies to concurrent requests come in any order, also over the edge of a window.
      if (counter.windowEndMs > endMs) return spent;
      counter.seen = Math.max(counter.seen, count);
      if (counter.allowance !== undefined) counter.settlesAtMs = nowMs + settlingMs;
      counter.allowance = undefined;
      if (carried?.windowEndMs === endMs) {
        counter.unreported = Math.max(0, counter.unreported - carried.unreported);
        counter.underWay = Math.max(0, counter.underWay - carried.unreported);
      }
      // A load balancer spreads requests evenly, so the others have admitted about as many.
      const byOthers = nowMs < counter.settlesAtMs ? (gateways() - 1) * counter.alone : 0;
      return count <= quota && count + byOthers > quota ? { ...spent, count: quota + 1 } : spent;
    },
    unheard: (keyId, { name }, carried) => {
      const counter = counters.get(`${keyId}:${name}`);
      if (counter === undefined || counter.windowEndMs !== carried?.windowEndMs) return;
      counter.underWay = Math.max(0, counter.underWay - carried.unreported);
    },
    spendAlone: (keyId, policy) => {
      const nowMs = storeNow();
      const endMs = windowEndMs(nowMs, policy.windowSeconds);
      const counter = counterFor(`${keyId}:${policy.name}`, endMs);
      const left = counter.allowance ?? Math.max(0, shareOf(counter, endMs, policy) - counter.unreported);
      if (left === 0) {
        counter.allowance = 0;
        return { verdict: 'spent', count: policy.quota + 1, windowEndMs: endMs, nowMs };
      }
      counter.allowance = left - 1;
      counter.alone += 1;
      counter.unreported += 1;
      return { verdict: 'spent', count: policy.quota - counter.allowance, windowEndMs: endMs, nowMs };
    },
  };

  function counterFor(name: string, endMs: number): Counter {
    const known = counters.get(name);
    if (known?.windowEndMs === endMs) return known;
    const fresh: Counter = { ...emptyCounter, windowEndMs: endMs };
    counters.set(name, fresh);
    return fresh;
  }

  function shareOf({ seen }: Counter, endMs: number, policy: RateLimitPolicy): number {
    const sharing = gateways();
    if (seen !== unseen) return Math.max(0, Math.floor((policy.quota - seen) / sharing));
    // Nobody has heard the store since this window began, so all go by their shares of it; and a gateway that is alone
    // has seen whatever was spent. Otherwise others may have spent everything that this one has not seen.
    const windowStartMs = endMs - policy.windowSeconds * 1000;
    const isUntouched = lastHeardMs === undefined || lastHeardMs < windowStartMs;
    return isUntouched || sharing === 1 ? Math.floor(policy.quota / sharing) : 0;
  }

  function gateways(): number {
    return Math.max(1, liveGateways() ?? gatewaysAssumed);
  }
}

/** Nothing was heard of this window. */
const unseen = 0;
const emptyCounter = { seen: unseen, unreported: 0, underWay: 0, allowance: undefined, alone: 0, settlesAtMs: 0 };
