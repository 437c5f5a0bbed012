import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createPace, type Pace } from './pace.ts';

describe('a pace', () => {
  let pace: Pace;
  let acted: number[];
  let waiting: number;
  beforeEach(() => {
    jest.useFakeTimers();
    waiting = 0;
    pace = createPace({
      perSecond: 1_000,
      burst: 200,
      waitingMax: 2_048,
      tellWaiting: (count) => {
        waiting = count;
      },
    });
    acted = [];
  });
  afterEach(() => {
    pace.stop();
    jest.useRealTimers();
  });
  const takeMany = (count: number, from = 0) => {
    for (let n = from; n < from + count; n += 1) pace.take(() => acted.push(n));
  };

  it('lets a burst act at once', () => {
    takeMany(200);
    expect([acted.length, waiting]).toEqual([200, 0]);
  });

  it('lets the rest wait, and a thousand a second of them act, in their order', () => {
    takeMany(1_700);
    expect([acted.length, waiting]).toEqual([200, 1_500]);
    jest.advanceTimersByTime(1_000);
    expect(acted).toEqual(Array.from({ length: 1_200 }, (_, n) => n));
    jest.advanceTimersByTime(500);
    expect([acted.length, waiting]).toEqual([1_700, 0]);
  });

  it('goes by the same pace for whoever comes while others wait', () => {
    takeMany(300);
    jest.advanceTimersByTime(50);
    takeMany(1, 300);
    expect(acted).not.toContain(300);
    jest.advanceTimersByTime(55);
    expect(acted.at(-1)).toBe(300);
  });

  it('has room for a burst again after a quiet moment, and rests', () => {
    takeMany(200);
    jest.advanceTimersByTime(1_000);
    expect(jest.getTimerCount()).toBe(0);
    takeMany(200);
    expect(acted).toHaveLength(400);
  });

  it('lets no more wait than it has room for: the others act at once', () => {
    takeMany(200 + 2_048);
    expect(waiting).toBe(2_048);
    takeMany(5, 9_000);
    expect(acted.slice(-5)).toEqual([9_000, 9_001, 9_002, 9_003, 9_004]);
    expect(waiting).toBe(2_048);
  });

  it('takes a dear act for as many as it costs', () => {
    for (let n = 0; n < 100; n += 1) pace.take(() => acted.push(n), 5);
    expect([acted.length, waiting]).toEqual([40, 60]);
    takeMany(1, 100);
    jest.advanceTimersByTime(290);
    expect(acted).not.toContain(100);
    jest.advanceTimersByTime(15);
    expect(acted).toEqual(Array.from({ length: 101 }, (_, n) => n));
  });

  it('lets somebody else act for what has turned out to cost nothing', () => {
    for (let n = 0; n < 1_000; n += 1)
      pace.take(() => {
        acted.push(n);
        pace.giveBack(1);
      });
    expect([acted.length, waiting]).toEqual([1_000, 0]);
    takeMany(201, 1_000);
    expect(waiting).toBe(1);
    pace.giveBack(1);
    expect([acted.length, waiting]).toEqual([1_201, 0]);
  });

  it('says no to whoever cannot wait, instead of letting them wait', () => {
    takeMany(199);
    expect(pace.takeNow(() => acted.push(199))).toBe(true);
    expect(pace.takeNow(() => acted.push(-1))).toBe(false);
    takeMany(1, 200);
    jest.advanceTimersByTime(5);
    expect(acted.at(-1)).toBe(200);
    expect(acted).not.toContain(-1);
  });

  it('lets whoever leaves hold nobody up', () => {
    takeMany(200);
    const leavers = Array.from({ length: 1_000 }, () => pace.take(() => acted.push(-1)));
    takeMany(1, 200);
    for (const leave of leavers) leave();
    expect(waiting).toBe(1);
    jest.advanceTimersByTime(5);
    expect(acted.slice(200)).toEqual([200]);
    for (const leave of leavers) leave();
    expect(waiting).toBe(0);
  });

  it('lets everybody act who waits when it stops, and whoever comes then at once', () => {
    takeMany(250);
    pace.stop();
    expect(acted).toHaveLength(250);
    takeMany(300, 250);
    expect(acted).toHaveLength(550);
    expect(jest.getTimerCount()).toBe(0);
  });
});
