import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createRefusalPace, type RefusalPace } from './refusal-pace.ts';

describe('the pace of refusals', () => {
  let pace: RefusalPace;
  let refused: number[];
  let waiting: number;
  beforeEach(() => {
    jest.useFakeTimers();
    waiting = 0;
    pace = createRefusalPace((count) => {
      waiting = count;
    });
    refused = [];
  });
  afterEach(() => {
    pace.stop();
    jest.useRealTimers();
  });
  const takeMany = (count: number, from = 0) => {
    for (let n = from; n < from + count; n += 1) pace.take(() => refused.push(n));
  };

  it('refuses a few hundred at once', () => {
    takeMany(200);
    expect([refused.length, waiting]).toEqual([200, 0]);
  });

  it('lets the rest wait, and refuses a thousand a second of them, in their order', () => {
    takeMany(1_700);
    expect([refused.length, waiting]).toEqual([200, 1_500]);
    jest.advanceTimersByTime(1_000);
    expect(refused).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
    jest.advanceTimersByTime(500);
    expect([refused.length, waiting]).toEqual([1_700, 0]);
  });

  it('goes by the same pace for whoever comes while others wait', () => {
    takeMany(300);
    jest.advanceTimersByTime(50);
    takeMany(1, 300);
    expect(refused).not.toContain(300);
    jest.advanceTimersByTime(55);
    expect(refused.at(-1)).toBe(300);
  });

  it('has room for a burst again after a quiet moment, and rests', () => {
    takeMany(200);
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
    takeMany(200);
    expect(refused).toHaveLength(400);
  });

  it('lets no more wait than it has room for: the others are refused at once', () => {
    takeMany(200 + 2_048);
    expect(waiting).toBe(2_048);
    takeMany(5, 9_000);
    expect(refused.slice(-5)).toEqual([9_000, 9_001, 9_002, 9_003, 9_004]);
    expect(waiting).toBe(2_048);
  });

  it('refuses everybody who waits when it stops, and whoever comes then at once', () => {
    takeMany(250);
    pace.stop();
    expect(refused).toHaveLength(250);
    takeMany(300, 250);
    expect(refused).toHaveLength(550);
    expect(jest.getTimerCount()).toBe(0);
  });
});
