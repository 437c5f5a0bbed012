import type { StateSpace } from './state-space.ts';
import type { Action, Goal, System } from './system.ts';

const firstCapacity = 1 << 16;

/**
 * Asks whether a goal stays within reach: from every state of a completely explored space, some run without any further
 * fault leads to a state in which the goal is reached.
 *
 * The space must come from a search that ended with `holds`: its states are closed under every action.
 * @returns the path to a state from which the goal is out of reach, or undefined when there is none.
 */
export function findStuck(system: System, space: StateSpace, goal: Goal): readonly Uint32Array[] | undefined {
  const count = space.store.count();
  const isWithinReach = new Uint8Array(count);
  const edges = createEdges(count);
  const urgent = system.actions.filter((action) => action.isUrgent);
  const usual = system.actions.filter((action) => !action.isUrgent && !action.isFault);
  const reached: number[] = [];

  for (let from = 0; from < count; from += 1) {
    space.load(from);
    if (goal.isReached()) {
      isWithinReach[from] = 1;
      reached.push(from);
    } else if (!follow(urgent, from)) {
      follow(usual, from);
    }
  }
  for (let next = reached.pop(); next !== undefined; next = reached.pop()) {
    edges.forEachSource(next, (source) => {
      if (isWithinReach[source] === 1) return;
      isWithinReach[source] = 1;
      reached.push(source);
    });
  }
  const stuck = isWithinReach.indexOf(0);
  return stuck === -1 ? undefined : space.pathTo(stuck);

  function follow(actions: readonly Action[], from: number): boolean {
    let isPossible = false;
    for (const action of actions) {
      if (!action.step()) continue;
      isPossible = true;
      const to = space.keep(from);
      if (to >= count) throw new Error('The space was not explored completely');
      edges.add(from, to);
      space.load(from);
    }
    return isPossible;
  }
}

/** Edges, to be followed backwards: for each target a chained list of its sources. */
function createEdges(states: number) {
  const lastEdgeInto = new Uint32Array(states);
  let sources = new Uint32Array(firstCapacity);
  let earlier = new Uint32Array(firstCapacity);
  // Edge 0 is none.
  let count = 1;
  return {
    add: (from: number, to: number): void => {
      if (count === sources.length) {
        sources = doubled(sources);
        earlier = doubled(earlier);
      }
      sources[count] = from;
      earlier[count] = lastEdgeInto[to] ?? 0;
      lastEdgeInto[to] = count;
      count += 1;
    },
    forEachSource: (to: number, visit: (source: number) => void): void => {
      for (let edge = lastEdgeInto[to] ?? 0; edge !== 0; edge = earlier[edge] ?? 0) visit(sources[edge] ?? 0);
    },
  };
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(array.length * 2);
  longer.set(array);
  return longer;
}
