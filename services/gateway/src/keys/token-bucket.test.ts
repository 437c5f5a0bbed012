import { describe, expect, it } from '@jest/globals';
import { createTokenBucket } from './token-bucket.ts';

describe('a token bucket', () => {
  const takeAll = (bucket: ReturnType<typeof createTokenBucket>, nowMs: number): number => {
    let taken = 0;
    while (bucket.take(nowMs)) taken += 1;
    return taken;
  };

  it('has a full burst at first, then its rate, and never more than a burst', () => {
    const bucket = createTokenBucket({ perSecond: 100, burst: 5 });
    expect(takeAll(bucket, 1_000)).toBe(5);
    expect(takeAll(bucket, 1_009)).toBe(0);
    expect(takeAll(bucket, 1_010)).toBe(1);
    expect(takeAll(bucket, 60_000)).toBe(5);
  });

  it('says how long to wait for the next token', () => {
    const bucket = createTokenBucket({ perSecond: 100, burst: 1 });
    expect(bucket.waitMs(0)).toBe(0);
    bucket.take(0);
    expect(bucket.waitMs(0)).toBe(10);
    expect(bucket.waitMs(4)).toBeCloseTo(6);
    expect(bucket.waitMs(10)).toBe(0);
  });

  it('takes a token back, up to a full bucket, and gives none for a clock that steps back', () => {
    const bucket = createTokenBucket({ perSecond: 1, burst: 2 });
    bucket.take(1_000);
    for (let n = 0; n < 3; n += 1) bucket.giveBack();
    expect(takeAll(bucket, 500)).toBe(2);
    expect(takeAll(bucket, 1_000)).toBe(0);
  });
});
