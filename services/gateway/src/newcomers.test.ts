import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createNewcomers, type Newcomers } from './newcomers.ts';

describe('the first requests of connections', () => {
  let newcomers: Newcomers;
  let started: number[];
  beforeEach(() => {
    newcomers = createNewcomers();
    started = [];
  });
  const arrive = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) newcomers.take(() => started.push(n));
  };
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  it('start at once when they are few', () => {
    arrive(0, 4);
    expect(started).toEqual(upTo(4));
  });

  it('start four in a turn of the event loop and in their order when they are many', async () => {
    arrive(0, 10);
    expect(started).toEqual(upTo(4));
    await nextTurn();
    expect(started).toEqual(upTo(8));
    arrive(10, 12);
    expect(started).toEqual(upTo(8));
    await nextTurn();
    expect(started).toEqual(upTo(12));
  });

  it('start at once again after a turn without any', async () => {
    arrive(0, 10);
    for (let n = 0; n < 4; n += 1) await nextTurn();
    arrive(10, 14);
    expect(started).toEqual(upTo(14));
  });

  it('start in the next turn what comes while they start', async () => {
    newcomers.take(() => arrive(1, 7));
    expect(started).toEqual([1, 2, 3]);
    await nextTurn();
    expect(started).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
