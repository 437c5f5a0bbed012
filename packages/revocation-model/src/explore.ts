import { createStateSpace, type StateSpace } from './state-space.ts';
import { noParent } from './state-store.ts';
import type { Action, System } from './system.ts';

/** The result of a search. It is `holds` only when every reachable state was explored and none was broken. */
export type Exploration =
  | { readonly verdict: 'holds'; readonly states: number; readonly transitions: number; readonly space: StateSpace }
  | { readonly verdict: 'violated'; readonly states: number; readonly path: readonly Uint32Array[] };

/** The search was cut off: nothing is known about the states that were not reached. */
export class BoundReachedError extends Error {
  constructor(message: string) {
    super(`${message}: the search is not exhaustive, so nothing is proved`);
    this.name = 'BoundReachedError';
  }
}

/**
 * Breadth-first search over every state the system can reach, so that a violation is found by a shortest path.
 * @param statesMax the most states to keep.
 * @throws BoundReachedError when there are more.
 */
export function explore(system: System, statesMax: number): Exploration {
  const space = createStateSpace(system);
  const urgent = system.actions.filter((action) => action.isUrgent);
  const usual = system.actions.filter((action) => !action.isUrgent);
  let transitions = 0;
  let broken: number | undefined;

  for (const start of system.starts) {
    start();
    visit(noParent);
  }
  for (let head = 0; head < space.store.count() && broken === undefined; head += 1) {
    space.load(head);
    if (!expand(urgent, head)) expand(usual, head);
  }
  return broken === undefined
    ? { verdict: 'holds', states: space.store.count(), transitions, space }
    : { verdict: 'violated', states: space.store.count(), path: space.pathTo(broken) };

  /** Visits the successors of the loaded state; false when none of the actions is possible in it. */
  function expand(actions: readonly Action[], head: number): boolean {
    let isPossible = false;
    for (const action of actions) {
      if (!action.step()) continue;
      isPossible = true;
      transitions += 1;
      visit(head);
      space.load(head);
    }
    return isPossible;
  }

  function visit(parent: number): void {
    const known = space.store.count();
    const index = space.keep(parent);
    if (index < known) return;
    if (index >= statesMax) throw new BoundReachedError(`Cut off after ${statesMax} states`);
    if (broken === undefined && system.isBroken()) broken = index;
  }
}
