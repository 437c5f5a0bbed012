import { type Problem, rateLimited } from '@engagetrack/contracts';
import { clientNetwork } from '@engagetrack/service-chassis';
import { LRUCache } from 'lru-cache';
import { dateHeader } from './rate-limit.ts';

/**
 * Limits failed authentication per client address (one /64 of IPv6) and gateway, so that a guesser soon gets 429 and
 * the authority no question. Keys that this gateway knows to be live are not judged here.
 *
 * Guarantee: its memory has a ceiling, also in a flood from many addresses. The addresses that failed longest ago are
 * forgotten first; introspection-lanes.ts limits the look-ups of such a flood.
 */
export interface FailedAuthenticationLimit {
  /** @returns the 429 while the address is over its limit; undefined otherwise. */
  refusal(address: string): Problem | undefined;
  countFailure(address: string): void;
}

const windowMs = 60_000;
const networksMax = 32_768;

/** The window begins with the first failure; later ones do not move its end. */
interface Window {
  readonly endMs: number;
  failures: number;
}

/** @param failuresMax failures per address and minute. @param now Unix milliseconds. */
export function createFailedAuthenticationLimit(failuresMax: number, now: () => number): FailedAuthenticationLimit {
  const windows = new LRUCache<string, Window>({ max: networksMax });
  return {
    refusal: (address) => {
      const nowMs = now();
      const window = current(clientNetwork(address), nowMs);
      if (window === undefined || window.failures < failuresMax) return undefined;
      const resetSeconds = Math.ceil(window.endMs / 1000);
      // `Retry-After` counts from `Date`; node:http's own value is a second old when the process is busy.
      const headers = { Date: dateHeader(nowMs) };
      return rateLimited(resetSeconds, Math.max(1, resetSeconds - Math.floor(nowMs / 1000)), headers);
    },
    countFailure: (address) => {
      const network = clientNetwork(address);
      const nowMs = now();
      const window = current(network, nowMs);
      if (window === undefined) windows.set(network, { endMs: nowMs + windowMs, failures: 1 });
      else window.failures += 1;
    },
  };

  function current(network: string, nowMs: number): Window | undefined {
    const window = windows.get(network);
    // A clock that was set back does not make a window longer.
    return window !== undefined && nowMs < window.endMs && window.endMs - nowMs <= windowMs ? window : undefined;
  }
}
