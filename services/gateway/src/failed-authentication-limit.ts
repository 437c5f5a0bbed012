import { type Problem, rateLimited } from '@engagetrack/contracts';
import { clientNetwork } from '@engagetrack/service-chassis';
import { LRUCache } from 'lru-cache';
import { dateHeader } from './rate-limit.ts';

/**
 * Limits failed authentication per client address (a /64 of IPv6 is one) and gateway, so that guessing keys costs the
 * guesser its turns and the authority nothing. Keys this gateway knows to be live are never asked about here.
 *
 * Guarantee: its memory has a ceiling, however many addresses a flood comes from. Those that failed longest ago are
 * forgotten first; what such a flood may cost the authority is bounded elsewhere (introspection-lanes.ts).
 */
export interface FailedAuthenticationLimit {
  /** The 429 to answer while the address is over its limit; undefined otherwise. */
  refusal(address: string): Problem | undefined;
  countFailure(address: string): void;
}

const windowMs = 60_000;
const networksMax = 32_768;

/** It begins with the first failure, and no further one moves its end. */
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
      // `Retry-After` counts from `Date`; the one that node:http would set is a second old when the process is busy.
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
    // A clock that was set back must not make a window longer.
    return window !== undefined && nowMs < window.endMs && window.endMs - nowMs <= windowMs ? window : undefined;
  }
}
