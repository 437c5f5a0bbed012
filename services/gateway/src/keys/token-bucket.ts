/** A token bucket: pure state, the clock is an argument (milliseconds). */
export interface TokenBucket {
  /** Takes a token if there is one. */
  take(nowMs: number): boolean;
  /** A token that was taken turns out to be unused. */
  giveBack(): void;
  /** Milliseconds until there is a token; 0 when there is one. */
  waitMs(nowMs: number): number;
}

export interface TokenBucketOptions {
  readonly perSecond: number;
  /** Tokens in a full bucket. */
  readonly burst: number;
}

export function createTokenBucket({ perSecond, burst }: TokenBucketOptions): TokenBucket {
  /** Milliseconds of time that make one token. */
  const tokenMs = 1_000 / perSecond;
  let savedMs = burst * tokenMs;
  let filledAtMs: number | undefined;

  return {
    take: (nowMs) => {
      fill(nowMs);
      if (savedMs < tokenMs) return false;
      savedMs -= tokenMs;
      return true;
    },
    giveBack: () => {
      savedMs = Math.min(burst * tokenMs, savedMs + tokenMs);
    },
    waitMs: (nowMs) => {
      fill(nowMs);
      return Math.max(0, tokenMs - savedMs);
    },
  };

  function fill(nowMs: number): void {
    savedMs = Math.min(burst * tokenMs, savedMs + Math.max(0, nowMs - (filledAtMs ?? nowMs)));
    filledAtMs = nowMs;
  }
}
