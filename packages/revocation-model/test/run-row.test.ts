import { describe, expect, it } from '@jest/globals';
import type { Row } from '../src/rows/row.ts';
import { runRow } from '../src/run-row.ts';
import { createNumberSystem, jugMoves, large } from './tiny-systems.ts';

const jugRow: Row = {
  wording: 'jugs',
  promise: 'measures',
  expected: 'violated',
  without: [],
  bounds: 'two jugs',
  statesMax: 100,
  goals: [],
  createSystem: () =>
    createNumberSystem({ starts: [0], bits: 5, moves: jugMoves, broken: (value) => large(value) === 4 }),
};
const unbroken = (goal: (value: number) => boolean) => () =>
  createNumberSystem({ starts: [0], bits: 5, moves: jugMoves, goal });

describe('runRow', () => {
  it('is as expected when a known-bad wording is found broken, and tells the counterexample', () => {
    const result = runRow(jugRow);
    expect(result).toMatchObject({ verdict: 'violated', isAsExpected: true });
    expect(result.story).toHaveLength(7);
    expect(result.story.at(-1)).toBe('19 is reached.');
  });

  it('is not as expected when a known-bad wording is not found broken any more', () => {
    const createSystem = unbroken(() => true);
    expect(runRow({ ...jugRow, createSystem })).toMatchObject({ verdict: 'holds', isAsExpected: false });
  });

  it('is not as expected when a rule that must hold is broken', () => {
    expect(runRow({ ...jugRow, expected: 'holds' })).toMatchObject({ verdict: 'violated', isAsExpected: false });
  });

  it.each(['holds', 'violated'] as const)(
    'is not as expected when the search is cut off and the row expects: %s',
    (expected) => {
      const createSystem = unbroken(() => true);
      const result = runRow({ ...jugRow, expected, statesMax: 10, createSystem });
      expect(result).toMatchObject({ verdict: 'cut off', isAsExpected: false, states: 10 });
    },
  );

  it('does not hold when a goal is out of reach', () => {
    const row: Row = { ...jugRow, expected: 'holds', goals: ['goal'] };
    expect(runRow({ ...row, createSystem: unbroken((value) => value === 0) })).toMatchObject({ verdict: 'holds' });
    expect(runRow({ ...row, createSystem: unbroken((value) => value === 5 * 4 + 2 + 32) })).toMatchObject({
      verdict: 'stuck',
      isAsExpected: false,
    });
  });
});
