import { describe, expect, it } from '@jest/globals';
import { isResolved, ratiosOf, spreadOf } from './statistics.ts';

describe('spreadOf', () => {
  it('gives the middle value of an odd number of rounds in any order', () => {
    expect(spreadOf([30, 10, 20])).toEqual({ min: 10, median: 20, max: 30 });
  });

  it('gives the mean of the two middle values of an even number of rounds', () => {
    expect(spreadOf([40, 10, 20, 30])).toEqual({ min: 10, median: 25, max: 40 });
  });

  it('throws without rounds', () => {
    expect(() => spreadOf([])).toThrow('No round has been measured');
  });
});

describe('ratiosOf', () => {
  it('divides by the reference of the same round, not by their mean', () => {
    expect(ratiosOf([10, 40], [20, 20])).toEqual([0.5, 2]);
  });
});

describe('isResolved', () => {
  it('accepts rounds that disagree by less than the difference they claim', () => {
    expect(isResolved({ min: 0.75, median: 0.8, max: 0.9 })).toBe(true);
  });

  it('refuses rounds that disagree by more than the difference they claim', () => {
    expect(isResolved({ min: 0.75, median: 0.9, max: 0.95 })).toBe(false);
  });

  it('judges a ratio above 1 by the same rule', () => {
    expect(isResolved({ min: 1.4, median: 1.5, max: 1.75 })).toBe(true);
    expect(isResolved({ min: 1.1, median: 1.2, max: 1.5 })).toBe(false);
  });
});
