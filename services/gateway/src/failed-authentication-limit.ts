import { type Problem, rateLimited } from '@engagetrack/contracts';
import { RateLimiterMemory } from 'rate-limiter-flexible';

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
      if (state === null || state.consumedPoints < failuresMax) return undefined;
      const nowMs = now();
      const resetSeconds = Math.ceil((nowMs + state.msBeforeNext) / 1000);
      return rateLimited(resetSeconds, Math.max(1, resetSeconds - Math.floor(nowMs / 1000)));
    },
    countFailure: async (address) => {
      await failures.penalty(address);
    },
  };
}
