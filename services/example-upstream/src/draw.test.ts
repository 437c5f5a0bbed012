import { describe, expect, it } from '@jest/globals';
import { draw, pickWeighted } from './draw.ts';

describe('draw', () => {
  it('is decided by its parts alone, and by where one part ends and the next begins', () => {
    expect(draw('site_1', 7, 'visitors')).toBe(draw('site_1', 7, 'visitors'));
    expect(draw('site_1', 7)).not.toBe(draw('site_1', 8));
    expect(draw('ab', 'c')).not.toBe(draw('a', 'bc'));
  });

  it('fills the range from 0 to 1 evenly, also over parts that differ in a digit only', () => {
    const all = Array.from({ length: 20_000 }, (_, index) => draw('1/org_a/site_1', index));
    expect(all.every((drawn) => drawn >= 0 && drawn < 1)).toBe(true);
    const tenths = new Array<number>(10).fill(0);
    for (const drawn of all) tenths[Math.floor(drawn * 10)] = (tenths[Math.floor(drawn * 10)] ?? 0) + 1;
    for (const count of tenths) expect(Math.abs(count - 2_000)).toBeLessThan(200);
  });
});

describe('pickWeighted', () => {
  const items = [
    { name: 'a', weight: 1 },
    { name: 'b', weight: 3 },
  ];

  it('gives each item room in proportion to its weight', () => {
    expect(pickWeighted(items, 0).name).toBe('a');
    expect(pickWeighted(items, 0.249).name).toBe('a');
    expect(pickWeighted(items, 0.25).name).toBe('b');
    expect(pickWeighted(items, 0.999).name).toBe('b');
  });

  it('refuses to pick from nothing', () => {
    expect(() => pickWeighted([], 0.5)).toThrow(RangeError);
  });
});
