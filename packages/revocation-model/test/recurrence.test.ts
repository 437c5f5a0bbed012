import { describe, expect, it } from '@jest/globals';
import { describeTrace } from '../src/describe-trace.ts';
import { explore } from '../src/explore.ts';
import { findStuck } from '../src/recurrence.ts';
import type { System } from '../src/system.ts';
import { createNumberSystem, type Move } from './tiny-systems.ts';

const onward: Move = { name: 'Go on.', to: (value) => (value < 4 ? (value + 1) % 4 : undefined) };

function stuckIn(system: System): readonly string[] | undefined {
  const found = explore(system, 1000);
  const [goal] = system.goals;
  if (found.verdict !== 'holds' || goal === undefined) throw new Error('The space must be explored, with a goal');
  const path = findStuck(system, found.space, goal);
  return path === undefined ? undefined : describeTrace(system, path);
}

describe('findStuck', () => {
  it('finds nothing where the goal can be reached from every state', () => {
    expect(
      stuckIn(createNumberSystem({ starts: [0], bits: 3, moves: [onward], goal: (value) => value === 2 })),
    ).toBeUndefined();
  });

  it('finds the nearest state with no way back to the goal', () => {
    const trap: Move = { name: 'Fall in.', to: (value) => (value === 1 ? 5 : undefined) };
    const system = createNumberSystem({ starts: [0], bits: 3, moves: [onward, trap], goal: (value) => value === 0 });
    expect(stuckIn(system)).toEqual(['Go on.', 'Fall in.']);
  });

  it('does not count on a fault to reach the goal', () => {
    const trap: Move = { name: 'Fall in.', to: (value) => (value === 1 ? 5 : undefined) };
    const luck: Move = { name: 'Be thrown out.', to: (value) => (value === 5 ? 0 : undefined) };
    const moves = [onward, trap];
    const goal = (value: number) => value === 0;
    const byFault = createNumberSystem({ starts: [0], bits: 3, moves: [...moves, { ...luck, isFault: true }], goal });
    expect(stuckIn(byFault)).toEqual(['Go on.', 'Fall in.']);
    expect(stuckIn(createNumberSystem({ starts: [0], bits: 3, moves: [...moves, luck], goal }))).toBeUndefined();
  });
});
