import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { favourMemoryAfterCrowds } from './favour-memory.ts';

describe('memory is favoured', () => {
  let open: number;
  let changes: boolean[];
  let stop: () => void;
  beforeEach(() => {
    jest.useFakeTimers();
    [open, changes] = [64, []];
    stop = favourMemoryAfterCrowds({
      connections: async () => open,
      setMemorySaving: (isOn) => changes.push(isOn),
    });
  });
  afterEach(() => {
    stop();
    jest.useRealTimers();
  });
  const pass = (seconds: number) => jest.advanceTimersByTimeAsync(seconds * 1_000);
  const comeAndGo = async (crowd: number, staying = 64): Promise<void> => {
    open = crowd;
    await pass(1);
    open = staying;
    await pass(1);
  };

  it('for twenty seconds when a crowd of connections has left, once', async () => {
    await comeAndGo(2_000);
    expect(changes).toEqual([true]);
    await pass(18);
    expect(changes).toEqual([true]);
    await pass(2);
    expect(changes).toEqual([true, false]);
    await pass(60);
    expect(changes).toEqual([true, false]);
  });

  it('not while more of the crowd are here than have left', async () => {
    await comeAndGo(2_000, 1_001);
    await pass(60);
    expect(changes).toEqual([]);
    open = 999;
    await pass(1);
    expect(changes).toEqual([true]);
  });

  it('not for the few', async () => {
    await comeAndGo(64 + 255);
    expect(changes).toEqual([]);
    await comeAndGo(64 + 256);
    expect(changes).toEqual([true]);
  });

  it('no longer when the next crowd comes, and again when that has left', async () => {
    await comeAndGo(2_000);
    open = 64 + 256;
    await pass(1);
    expect(changes).toEqual([true, false]);
    open = 64;
    await pass(1);
    expect(changes).toEqual([true, false, true]);
  });

  it('no longer when a crowd comes before the last of the one before it have left', async () => {
    await comeAndGo(2_000, 900);
    open = 200;
    await pass(1);
    open = 460;
    await pass(1);
    expect(changes).toEqual([true, false]);
  });
});
