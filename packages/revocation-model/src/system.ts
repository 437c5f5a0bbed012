import type { BitReader, BitWriter } from './bit-codec.ts';

/**
 * A possible next step of a party, of the network or of a fault. It is deterministic: where the real world has a
 * choice, there is one action for each choice.
 */
export interface Action {
  /** Changes the working state and returns true, or returns false and leaves it untouched: not possible now. */
  readonly step: () => boolean;
  /** One sentence about the step, read before the step. Called only for a state in which the action is possible. */
  readonly describe: () => string;
  /** True for a fault, false for a step that parties take by themselves (the passing of time included). */
  readonly isFault: boolean;
  /**
   * True when it is enough to explore this action alone wherever it is possible. Only for an action that is argued,
   * where it is built, to preserve every violation.
   */
  readonly isUrgent: boolean;
}

/** A system to explore. All its functions work on one mutable working state that the system keeps to itself. */
export interface System {
  /** Each puts the working state into one of the states the system can start in. */
  readonly starts: readonly (() => void)[];
  readonly actions: readonly Action[];
  readonly write: (bits: BitWriter) => void;
  readonly read: (bits: BitReader) => void;
  /**
   * Replaces the working state by the chosen representative of all states that behave alike. Identity is always sound;
   * anything else is argued where it is written.
   */
  readonly canonicalize: () => void;
  /** True when the property is violated in the working state. */
  readonly isBroken: () => boolean;
  /** One sentence about the violation. Called only for a state that is broken. */
  readonly describeBroken: () => string;
  /** Goals that must stay within reach in every state, each with its own name. */
  readonly goals: readonly Goal[];
}

export interface Goal {
  readonly name: string;
  /** True when the working state is one in which the goal is reached. */
  readonly isReached: () => boolean;
}

/** The most 32-bit words that one packed state may need. */
export const wordsPerStateMax = 16;

/** An action that is no fault and not urgent. */
export function usualAction(describe: () => string, step: () => boolean): Action {
  return { describe, step, isFault: false, isUrgent: false };
}
