import { describe, expect, it } from '@jest/globals';
import { describeTrace } from '../src/describe-trace.ts';
import { BoundReachedError, explore } from '../src/explore.ts';
import { createNumberSystem, jugMoves, large } from './tiny-systems.ts';

const roomy = 1_000_000;

describe('explore', () => {
  it('finds a shortest way to measure four litres with a five and a three', () => {
    const jugs = createNumberSystem({ starts: [0], bits: 5, moves: jugMoves, broken: (value) => large(value) === 4 });
    const found = explore(jugs, roomy);
    if (found.verdict !== 'violated') throw new Error('There is a way');
    expect(describeTrace(jugs, found.path)).toEqual([
      'Fill the five.',
      'Pour the five into the three.',
      'Empty the three.',
      'Pour the five into the three.',
      'Fill the five.',
      'Pour the five into the three.',
    ]);
  });

  it('says holds after it has met every state exactly once', () => {
    const jugs = createNumberSystem({ starts: [0], bits: 5, moves: jugMoves });
    // Either jug is empty or full: 2 * 4 + 2 * 6 - 4 states.
    expect(explore(jugs, roomy)).toMatchObject({ verdict: 'holds', states: 16, transitions: 16 * jugMoves.length });
  });

  it('meets every state of a large space, over several enlargements of its store', () => {
    const states = 300_000;
    const step = (by: number) => ({ name: `Add ${by}.`, to: (value: number) => (value + by) % states });
    const ring = createNumberSystem({ starts: [0], bits: 20, moves: [step(1), step(77_777)] });
    expect(explore(ring, roomy)).toMatchObject({ verdict: 'holds', states, transitions: 2 * states });
  });

  it('finds the one broken state of a large space', () => {
    const moves = [1, 2, 4].map((by) => ({ name: `Add ${by}.`, to: (value: number) => (value + by) % 100_000 }));
    const ring = createNumberSystem({ starts: [0], bits: 20, moves, broken: (value) => value === 99_999 });
    const found = explore(ring, roomy);
    expect(found.verdict).toBe('violated');
    // 24,999 times four, once two, once one.
    expect(found.verdict === 'violated' && found.path.length - 1).toBe(25_001);
  });

  it('reports a reached bound as an error, never as holds', () => {
    const jugs = createNumberSystem({ starts: [0], bits: 5, moves: jugMoves });
    expect(() => explore(jugs, 15)).toThrow(BoundReachedError);
    expect(explore(jugs, 16).verdict).toBe('holds');
  });

  it('looks at the start states, too', () => {
    const still = createNumberSystem({ starts: [3, 6], bits: 3, moves: [], broken: (value) => value === 6 });
    const found = explore(still, roomy);
    expect(found).toMatchObject({ verdict: 'violated', states: 2 });
    expect(found.verdict === 'violated' && describeTrace(still, found.path)).toEqual([]);
  });

  it('explores an urgent action alone where it is possible, and the others elsewhere', () => {
    const urgent = { name: 'Halve.', to: (value: number) => (value === 8 ? 4 : undefined), isUrgent: true };
    const double = { name: 'Double.', to: (value: number) => (value < 16 ? value * 2 : undefined) };
    const isSixteen = (value: number) => value === 16;
    const withUrgent = createNumberSystem({ starts: [1], bits: 5, moves: [double, urgent], broken: isSixteen });
    expect(explore(withUrgent, roomy)).toMatchObject({ verdict: 'holds', states: 4 });
    const usual = { ...urgent, isUrgent: false };
    const withoutUrgent = createNumberSystem({ starts: [1], bits: 5, moves: [double, usual], broken: isSixteen });
    expect(explore(withoutUrgent, roomy).verdict).toBe('violated');
  });

  it('counts states that behave alike once, and still tells their path step by step', () => {
    // The sign does not matter: 7 - x stands for x.
    const moves = [
      { name: 'Add one.', to: (value: number) => (value === 3 || value === 7 ? undefined : value + 1) },
      { name: 'Mirror.', to: (value: number) => 7 - value },
    ];
    const mirrored = createNumberSystem({
      starts: [7],
      bits: 3,
      moves,
      canonical: (value) => Math.min(value, 7 - value),
      broken: (value) => value === 2,
    });
    const found = explore(mirrored, roomy);
    expect(found).toMatchObject({ verdict: 'violated', states: 3 });
    expect(found.verdict === 'violated' && describeTrace(mirrored, found.path)).toEqual([
      'Mirror.',
      'Add one.',
      'Add one.',
    ]);
  });

  it('refuses a state that does not fit into its bits', () => {
    const grows = createNumberSystem({ starts: [0], bits: 2, moves: [{ name: 'Add.', to: (value) => value + 1 }] });
    expect(() => explore(grows, roomy)).toThrow(RangeError);
  });
});
