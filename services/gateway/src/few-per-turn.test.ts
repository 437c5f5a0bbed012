import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createFewPerTurn, type FewPerTurn } from './few-per-turn.ts';

describe('what comes in crowds', () => {
  let few: FewPerTurn;
  let acted: number[];
  beforeEach(() => {
    few = createFewPerTurn();
    acted = [];
  });
  const arrive = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) few.take(() => acted.push(n));
  };
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  it('acts at once when it is little', () => {
    arrive(0, 4);
    expect(acted).toEqual(upTo(4));
  });

  it('acts four times in a turn of the event loop, and in its order, when it is much', async () => {
    arrive(0, 10);
    expect(acted).toEqual(upTo(4));
    await nextTurn();
    expect(acted).toEqual(upTo(8));
    arrive(10, 12);
    expect(acted).toEqual(upTo(8));
    await nextTurn();
    expect(acted).toEqual(upTo(12));
  });

  it('acts at once again after a turn without any', async () => {
    arrive(0, 10);
    for (let n = 0; n < 4; n += 1) await nextTurn();
    arrive(10, 14);
    expect(acted).toEqual(upTo(14));
  });

  it('acts in the next turn for what comes meanwhile', async () => {
    few.take(() => arrive(1, 7));
    expect(acted).toEqual([1, 2, 3]);
    await nextTurn();
    expect(acted).toEqual([1, 2, 3, 4, 5, 6]);
  });
});
