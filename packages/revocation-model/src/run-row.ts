import { describeTrace } from './describe-trace.ts';
import { BoundReachedError, type Exploration, explore } from './explore.ts';
import { findStuck } from './recurrence.ts';
import type { Row } from './rows/row.ts';
import type { System } from './system.ts';

export interface RowResult {
  readonly row: Row;
  /** `stuck`: nothing is admitted wrongly, but a goal is out of reach. `cut off`: the search was not exhaustive. */
  readonly verdict: 'holds' | 'violated' | 'stuck' | 'cut off';
  readonly isAsExpected: boolean;
  readonly states: number;
  /** Sentences: the shortest counterexample, the way into the trap, or why the search was cut off. */
  readonly story: readonly string[];
}

/** Explores one row to its end. A search that is cut off never counts as expected. */
export function runRow(row: Row): RowResult {
  const system = row.createSystem();
  try {
    const { verdict, states, story } = judge(row, system, explore(system, row.statesMax));
    return { row, verdict, isAsExpected: verdict === row.expected, states, story };
  } catch (error) {
    if (!(error instanceof BoundReachedError)) throw error;
    return { row, verdict: 'cut off', isAsExpected: false, states: row.statesMax, story: [error.message] };
  }
}

function judge(row: Row, system: System, exploration: Exploration): Pick<RowResult, 'verdict' | 'states' | 'story'> {
  const { states } = exploration;
  if (exploration.verdict === 'violated') {
    const story = describeTrace(system, exploration.path);
    return { verdict: 'violated', states, story: [...story, system.describeBroken()] };
  }
  for (const name of row.goals) {
    const goal = system.goals.find((candidate) => candidate.name === name);
    if (goal === undefined) throw new Error(`The system has no goal ${name}`);
    const stuck = findStuck(system, exploration.space, goal);
    if (stuck === undefined) continue;
    const story = describeTrace(system, stuck);
    return { verdict: 'stuck', states, story: [...story, `From here "${name}" is out of reach.`] };
  }
  return { verdict: 'holds', states, story: [] };
}
