import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createOnePerTurn, type OnePerTurn } from './one-per-turn.ts';

describe('what comes in crowds', () => {
  let one: OnePerTurn;
  let acted: number[];
  beforeEach(() => {
    one = createOnePerTurn();
    acted = [];
  });
  const arrive = (from: number, to: number): void => {
    for (let n = from; n < to; n += 1) one.take(() => acted.push(n));
  };
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

  it('acts at once when it is alone', () => {
    arrive(0, 1);
    expect(acted).toEqual(upTo(1));
  });

  it('acts once in a turn of the event loop, and in its order, when it is more', async () => {
    arrive(0, 3);
    expect(acted).toEqual(upTo(1));
    await nextTurn();
    expect(acted).toEqual(upTo(2));
    arrive(3, 5);
    expect(acted).toEqual(upTo(2));
    for (let turns = 3; turns <= 5; turns += 1) {
      await nextTurn();
      expect(acted).toEqual(upTo(turns));
    }
  });

  it('acts at once again after a turn without any', async () => {
    arrive(0, 3);
    for (let n = 0; n < 4; n += 1) await nextTurn();
    arrive(3, 4);
    expect(acted).toEqual(upTo(4));
  });

  it('acts in the next turns for what comes meanwhile', async () => {
    one.take(() => arrive(1, 3));
    expect(acted).toEqual([]);
    await nextTurn();
    await nextTurn();
    expect(acted).toEqual([1, 2]);
  });
});
