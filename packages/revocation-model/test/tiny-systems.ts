import type { Action, System } from '../src/system.ts';
import { usualAction } from '../src/system.ts';

/** A system of one small number: small enough that the right result of a search in it is known. */
export function createNumberSystem(parts: {
  readonly starts: readonly number[];
  readonly bits: number;
  readonly moves: readonly Move[];
  readonly broken?: (value: number) => boolean;
  readonly goal?: (value: number) => boolean;
  readonly canonical?: (value: number) => number;
}): System {
  const { starts, bits: width, moves, broken = () => false, goal = () => false, canonical = (value) => value } = parts;
  let value = 0;
  return {
    starts: starts.map((start) => () => {
      value = start;
    }),
    actions: moves.map(
      ({ name, to, ...kind }): Action => ({
        ...usualAction(
          () => name,
          () => {
            const next = to(value);
            if (next === undefined) return false;
            value = next;
            return true;
          },
        ),
        ...kind,
      }),
    ),
    write: (bits) => bits.put(value, width),
    read: (bits) => {
      value = bits.take(width);
    },
    canonicalize: () => {
      value = canonical(value);
    },
    isBroken: () => broken(value),
    describeBroken: () => `${value} is reached.`,
    goals: [{ name: 'goal', isReached: () => goal(value) }],
  };
}

export interface Move {
  readonly name: string;
  /** The value after the move, or undefined where the move is not possible. */
  readonly to: (value: number) => number | undefined;
  readonly isFault?: boolean;
  readonly isUrgent?: boolean;
}

/** A jug of five litres and one of three; the value is five-litre content times 4 plus three-litre content. */
export const jugMoves: readonly Move[] = [
  { name: 'Fill the five.', to: (value) => 20 + small(value) },
  { name: 'Fill the three.', to: (value) => large(value) * 4 + 3 },
  { name: 'Empty the five.', to: (value) => small(value) },
  { name: 'Empty the three.', to: (value) => large(value) * 4 },
  {
    name: 'Pour the five into the three.',
    to: (value) => {
      const poured = Math.min(large(value), 3 - small(value));
      return (large(value) - poured) * 4 + small(value) + poured;
    },
  },
  {
    name: 'Pour the three into the five.',
    to: (value) => {
      const poured = Math.min(small(value), 5 - large(value));
      return (large(value) + poured) * 4 + small(value) - poured;
    },
  },
];

export function large(value: number): number {
  return value >> 2;
}

function small(value: number): number {
  return value & 3;
}
