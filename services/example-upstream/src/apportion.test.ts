import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apportion } from './apportion.ts';

describe('apportion', () => {
  it('gives whole parts that add up to the total, each within one of its exact share', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 10_000_000 }),
        fc.array(fc.double({ min: 0.001, max: 1_000, noNaN: true }), { minLength: 1, maxLength: 150 }),
        (total, weights) => {
          const parts = apportion(total, weights);
          const sum = weights.reduce((left, right) => left + right, 0);
          expect(parts.reduce((left, right) => left + right, 0)).toBe(total);
          for (const [index, part] of parts.entries()) {
            expect(Number.isInteger(part) && part >= 0).toBe(true);
            expect(Math.abs(part - (total * (weights[index] ?? 0)) / sum)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });

  it('gives the rest to the largest remainders', () => {
    expect(apportion(10, [1, 1, 1])).toEqual([4, 3, 3]);
    expect(apportion(7, [5, 3, 2])).toEqual([4, 2, 1]);
    expect(apportion(0, [1, 2])).toEqual([0, 0]);
  });
});
