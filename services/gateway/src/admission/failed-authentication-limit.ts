import type { ApiKeyHash } from '@engagetrack/api-key';
import { type Problem, rateLimited } from '@engagetrack/contracts';
import { clientNetwork } from '@engagetrack/service-chassis';
import { LRUCache } from 'lru-cache';
import { dateHeader } from '../rate-limit.ts';

/**
 * Limits the look-ups of unknown credentials per client network (an address, or one /64 of IPv6) and gateway. It counts
 * distinct credentials that the authority did not know, and nothing else: neither a dead key that is retried, nor a
 * malformed one. Over the limit a network still gets one look-up a second, for a credential that was refused there
 * before: guesses are not repeated, and a client with a new key tries again, so its key works within seconds.
 *
 * Guarantee: its memory has a ceiling, also in a flood from many addresses. The networks that failed longest ago are
 * forgotten first; introspection-limit.ts limits the look-ups of such a flood.
 */
export interface FailedAuthenticationLimit {
  /** Called before a look-up. @throws Problem 429 `address_limited` when the network's limit is reached. */
  spendLookUp(address: string, credential: ApiKeyHash): void;
  isOverLimit(address: string): boolean;
  /** The authority did not know a credential from this address. */
  countFailure(address: string): void;
}

const windowMs = 60_000;
/** Networks. Beyond them the one that failed longest ago is forgotten. */
const networksMax = 32_768;
/** Credentials that were refused over a limit. Beyond them the oldest is forgotten, and has to try twice again. */
const refusedMax = 16_384;
/** Milliseconds between two look-ups of a network that is over its limit. */
const overLimitIntervalMs = 1_000;

/** The window begins with the first failure; later ones do not move its end. */
interface Window {
  readonly endMs: number;
  failures: number;
  nextLookUpAtMs: number;
}

/** @param failuresMax failures per network and minute. @param now Unix milliseconds. */
export function createFailedAuthenticationLimit(failuresMax: number, now: () => number): FailedAuthenticationLimit {
  const windows = new LRUCache<string, Window>({ max: networksMax });
  const refused = new LRUCache<ApiKeyHash, true>({ max: refusedMax });
  return {
    isOverLimit: (address) => exceeded(address, now()) !== undefined,
    spendLookUp: (address, credential) => {
      const nowMs = now();
      const window = exceeded(address, nowMs);
      if (window === undefined) return;
      if (!refused.has(credential) || nowMs < window.nextLookUpAtMs) {
        refused.set(credential, true);
        throw addressLimited(nowMs, Math.max(window.nextLookUpAtMs, nowMs + 1));
      }
      refused.delete(credential);
      window.nextLookUpAtMs = nowMs + overLimitIntervalMs;
    },
    countFailure: (address) => {
      const network = clientNetwork(address);
      const nowMs = now();
      const window = current(network, nowMs);
      if (window === undefined) windows.set(network, { endMs: nowMs + windowMs, failures: 1, nextLookUpAtMs: 0 });
      else window.failures += 1;
    },
  };

  function exceeded(address: string, nowMs: number): Window | undefined {
    const window = current(clientNetwork(address), nowMs);
    return window === undefined || window.failures < failuresMax ? undefined : window;
  }

  function current(network: string, nowMs: number): Window | undefined {
    const window = windows.get(network);
    // A clock that was set back does not make a window longer.
    return window !== undefined && nowMs < window.endMs && window.endMs - nowMs <= windowMs ? window : undefined;
  }
}

function addressLimited(nowMs: number, nextLookUpAtMs: number): Problem {
  const resetSeconds = Math.ceil(nextLookUpAtMs / 1000);
  const retryAfterSeconds = Math.max(1, resetSeconds - Math.floor(nowMs / 1000));
  // `Retry-After` counts from `Date`; node:http's own value is a second old when the process is busy.
  return rateLimited(resetSeconds, retryAfterSeconds, {
    reason: 'address_limited',
    headers: { Date: dateHeader(nowMs) },
  });
}
