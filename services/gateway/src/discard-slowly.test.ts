import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { discardSlowly } from './discard-slowly.ts';

describe('what refused callers still send', () => {
  let reads: number;
  let stops: (() => void)[];
  beforeEach(() => {
    jest.useFakeTimers();
    reads = 0;
    stops = [];
  });
  afterEach(async () => {
    for (const stop of stops) stop();
    // The pace of all of them has its burst again.
    await jest.advanceTimersByTimeAsync(5_000);
    jest.useRealTimers();
  });
  const discardMany = (count: number): void => {
    for (let n = 0; n < count; n += 1) {
      const stream = new Readable({ highWaterMark: 1, read: () => stream.push(Buffer.alloc(1)) });
      stops.push(discardSlowly(stream));
      stream.on('data', () => {
        reads += 1;
      });
    }
  };

  it('is read fifty times a second at first, and twenty times a second from who goes on', async () => {
    discardMany(1);
    await jest.advanceTimersByTimeAsync(600);
    expect(reads).toBeGreaterThanOrEqual(25);
    expect(reads).toBeLessThanOrEqual(32);
    await jest.advanceTimersByTimeAsync(1_000);
    reads = 0;
    await jest.advanceTimersByTimeAsync(5_000);
    expect(reads).toBeGreaterThanOrEqual(95);
    expect(reads).toBeLessThanOrEqual(101);
  });

  it('is read once at once, and twenty times a second from all of them together, each in its turn', async () => {
    discardMany(50);
    await jest.advanceTimersByTimeAsync(0);
    expect(reads).toBe(50);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(reads - 50).toBeGreaterThanOrEqual(32 + 95);
    expect(reads - 50).toBeLessThanOrEqual(32 + 101);
  });

  it('holds nobody up once it is no longer wanted', async () => {
    discardMany(200);
    await jest.advanceTimersByTimeAsync(30);
    for (const stop of stops) stop();
    reads = 0;
    discardMany(1);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(reads).toBeGreaterThanOrEqual(19);
  });
});
