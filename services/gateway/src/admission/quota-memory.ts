import { type CarriedCount, type RateLimitPolicy, type Spent, windowEndMs } from '@engagetrack/admission-store';
import type { ApiKeyId } from '@engagetrack/contracts';
import { LRUCache } from 'lru-cache';

/**
 * This gateway's counts of each key's window. With them a store that lost its memory continues from the last count; and
 * while the store does not answer, this gateway admits its own share of the units that it knows to be left.
 *
 * Guarantee: gateways that have all heard the last count, or nothing of the window, stay within the quota together, and
 * so they do when the store is back, if requests are spread evenly over them. A gateway does not know what others have
 * spent since it heard of a key, so it cannot subtract that; together they stay below two quotas.
 */
export interface QuotaMemory {
  /** The counts that a question to the store carries. Unreported units travel with one question at a time. */
  carry(keyId: ApiKeyId, policy: RateLimitPolicy): CarriedCount | undefined;
  /**
   * Called when the store has counted a unit and the counts that its question carried.
   * @returns the count to judge by: the store's, but beyond the quota when others may still have units to report.
   */
  heard(keyId: ApiKeyId, policy: RateLimitPolicy, spent: Spent, carried: CarriedCount | undefined): Spent;
  /**
   * Called when the store has not counted what its question carried, or when that is unknown: another question will
   * carry it.
   */
  unheard(keyId: ApiKeyId, policy: RateLimitPolicy, carried: CarriedCount | undefined): void;
  /** Counts a unit without the store. `count` exceeds the quota when this gateway's share is used up. */
  spendAlone(keyId: ApiKeyId, policy: RateLimitPolicy): Spent;
}

export interface QuotaMemoryParts {
  /** Unix milliseconds of the store's clock, as exactly as is known without a question. */
  readonly storeNow: () => number;
  /** The number of gateways that shared the quota when the store last answered; undefined before. */
  readonly liveGateways: () => number | undefined;
  /** Windows of keys. Above it the one that was used longest ago is forgotten. */
  readonly countersMax?: number;
}

const countersMaxUsual = 50_000;
/**
 * Gateways of a fleet that this one has not heard of yet. Rather too many than too few, because each admits only its
 * share.
 */
const gatewaysAssumed = 4;
/**
 * Milliseconds. Within them after a time without the store, the other gateways have reported what they admitted alone.
 */
const settlingMs = 2_000;

interface Counter {
  readonly windowEndMs: number;
  seen: number;
  /** Units admitted alone that the store has perhaps not counted. */
  unreported: number;
  /** The part of them that a question under way carries. */
  underWay: number;
  /** How many more units this gateway may admit alone before the store answers again; undefined until it has to. */
  allowance: number | undefined;
  /** Units admitted alone in this window, reported or not. */
  alone: number;
  /** Unix milliseconds of the store's clock. Until then the store's count may lack units that others admitted alone. */
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
      // Answers to concurrent requests come in any order, also across the edge of a window.
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
    // When no gateway has heard the store since this window began, each takes its share; and a gateway that is alone
    // knows all spent units. Otherwise others may have spent all of a quota that this one knows nothing of.
    const windowStartMs = endMs - policy.windowSeconds * 1000;
    const isUntouched = lastHeardMs === undefined || lastHeardMs < windowStartMs;
    return isUntouched || sharing === 1 ? Math.floor(policy.quota / sharing) : 0;
  }

  function gateways(): number {
    return Math.max(1, liveGateways() ?? gatewaysAssumed);
  }
}

/** The count of a window without an answer. */
const unseen = 0;
const emptyCounter = { seen: unseen, unreported: 0, underWay: 0, allowance: undefined, alone: 0, settlesAtMs: 0 };
