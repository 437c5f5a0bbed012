import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { returnMemory } from './return-memory.ts';

describe('memory', () => {
  let open: number;
  let nowMs: number;
  let returned: number[];
  let collections: number;
  let stop: () => void;
  beforeEach(() => {
    jest.useFakeTimers();
    [open, nowMs, collections, returned] = [64, 0, 0, []];
    stop = returnMemory({
      connections: async () => open,
      collect: () => {
        collections += 1;
      },
      monotonicNow: () => nowMs,
      onReturn: (crowd) => returned.push(crowd),
    });
  });
  afterEach(() => {
    stop();
    jest.useRealTimers();
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let half = 0; half < 2 * seconds; half += 1) {
      nowMs += 500;
      await jest.advanceTimersByTimeAsync(500);
    }
  };
  const comeAndGo = async (crowd: number, staying = 64): Promise<void> => {
    open = crowd;
    await pass(1);
    open = staying;
    await pass(1);
  };

  it('is given back when a crowd of connections has left, once', async () => {
    await comeAndGo(2_000);
    await pass(60);
    expect([returned, collections]).toEqual([[2_000], 1]);
  });

  it('is kept while more of the crowd are here than have left', async () => {
    await comeAndGo(2_000, 1_001);
    await pass(60);
    expect(collections).toBe(0);
    open = 999;
    await pass(1);
    expect(returned).toEqual([2_000]);
  });

  it('is not worth stopping for when few have left', async () => {
    await comeAndGo(64 + 255);
    expect(collections).toBe(0);
    await comeAndGo(64 + 256);
    expect(returned).toEqual([320]);
  });

  it('is given back at most every fifteen seconds, however often crowds come and go', async () => {
    for (let n = 0; n < 30; n += 1) await comeAndGo(1_000);
    expect(collections).toBe(4);
  });
});
