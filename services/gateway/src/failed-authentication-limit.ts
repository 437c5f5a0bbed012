import { Problem, rateLimited } from '@engagetrack/contracts';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { dateHeader } from './rate-limit.ts';

/**
 * Limits failed authentication per client address and gateway, so that guessing keys costs the guesser its turns and
 * the authority nothing. Keys this gateway knows to be live are never asked about here.
 */
export interface FailedAuthenticationLimit {
  /** The 429 to answer while the address is over its limit; undefined otherwise. */
  refusal(address: string): Promise<Problem | undefined>;
  countFailure(address: string): Promise<void>;
}

const windowSeconds = 60;

/** @param failuresMax failures per address and minute. @param now Unix milliseconds. */
export function createFailedAuthenticationLimit(failuresMax: number, now: () => number): FailedAuthenticationLimit {
  const failures = new RateLimiterMemory({ points: failuresMax, duration: windowSeconds });
  return {
    refusal: async (address) => {
      const state = await failures.get(address);
      // The library drops a window by a timer, which is late when the process is busy.
      if (state === null || state.consumedPoints < failuresMax || state.msBeforeNext <= 0) return undefined;
      const nowMs = now();
      const resetSeconds = Math.ceil((nowMs + state.msBeforeNext) / 1000);
      return withDate(rateLimited(resetSeconds, Math.max(1, resetSeconds - Math.floor(nowMs / 1000))), nowMs);
    },
    countFailure: async (address) => {
      await failures.penalty(address);
    },
  };
}

/** `Retry-After` counts from `Date`; the one that node:http would set is a second old when the process is busy. */
function withDate({ code, message, headers }: Problem, nowMs: number): Problem {
  return new Problem(code, { text: message, headers: { ...headers, Date: dateHeader(nowMs) } });
}
