import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLine, type Line } from './line.ts';

describe('a linked list', () => {
  interface Member {
    readonly n: number;
  }
  let line: Line<Member>;
  beforeEach(() => {
    line = createLine();
  });
  const join = (count: number) => Array.from({ length: count }, (_, n) => line.join({ n }));
  const present = () => [...line].map(({ n }) => n);

  it('is empty at first', () => {
    expect([line.size, line.first(), line.takeFirst(), present()]).toEqual([0, undefined, undefined, []]);
  });

  it('keeps the order of arrival', () => {
    join(3);
    expect([line.size, line.first(), present()]).toEqual([3, { n: 0 }, [0, 1, 2]]);
    expect([line.takeFirst(), line.takeFirst(), present()]).toEqual([{ n: 0 }, { n: 1 }, [2]]);
  });

  it.each([
    [0, [1, 2]],
    [1, [0, 2]],
    [2, [0, 1]],
  ])('removes the member at position %s, once', (at, rest) => {
    const leave = join(3)[at];
    expect([leave?.(), present(), line.size]).toEqual([true, rest, 2]);
    expect([leave?.(), present(), line.size]).toEqual([false, rest, 2]);
    line.join({ n: 3 });
    expect(present()).toEqual([...rest, 3]);
  });

  it('removes a member that was taken from the front no second time', () => {
    const [leave] = join(2);
    line.takeFirst();
    expect([leave?.(), present()]).toEqual([false, [1]]);
  });

  it('iterates over the members at its start, also when members leave or join meanwhile', () => {
    const leaves = join(3);
    const seen: number[] = [];
    for (const { n } of line) {
      seen.push(n);
      for (const leave of leaves) leave();
      if (n === 0) line.join({ n: 3 });
    }
    expect([seen, present()]).toEqual([[0, 1, 2], [3]]);
  });

  it('has the same members as an array after the same changes', () => {
    const array: Member[] = [];
    const leaves = new Map<Member, () => boolean>();
    let seed = 1;
    const random = (max: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % max;
    };
    for (let n = 0; n < 2_000; n += 1) {
      const leaver = array[random(array.length + 1)];
      if (random(5) < 3 || leaver === undefined) {
        const member = { n };
        array.push(member);
        leaves.set(member, line.join(member));
      } else if (random(4) === 0) expect(line.takeFirst()).toBe(array.shift());
      else {
        array.splice(array.indexOf(leaver), 1);
        expect(leaves.get(leaver)?.()).toBe(true);
      }
      expect([line.size, line.first()]).toEqual([array.length, array[0]]);
    }
    expect([...line]).toEqual(array);
  });
});
