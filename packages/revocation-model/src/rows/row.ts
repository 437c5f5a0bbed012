import type { Design } from '../designs/design.ts';
import { createDesignSystem } from '../designs/system.ts';
import { type Bounds, describeBounds, smallestBounds } from '../protocol/bounds.ts';
import { createProtocolSystem } from '../protocol/system.ts';
import { type RuleName, rulesWithout } from '../rules.ts';
import type { System } from '../system.ts';

/** One wording of the design and its expected verdict. */
export interface Row {
  /** The wording, in the words of the design. */
  readonly wording: string;
  /** What the row promises, as the title of its test. */
  readonly promise: string;
  readonly expected: 'holds' | 'violated';
  /** The rules of the protocol that are off; none for the full protocol and for the designs before it. */
  readonly without: readonly RuleName[];
  /** How large the model is, in words. */
  readonly bounds: string;
  /** More states than this are an error, never a verdict. */
  readonly statesMax: number;
  /** Goals that must stay within reach. */
  readonly goals: readonly string[];
  readonly createSystem: () => System;
}

export interface RowGroup {
  readonly title: string;
  readonly rows: readonly Row[];
}

const statesMax = 12_000_000;

interface DesignRowParts {
  readonly wording: string;
  readonly promise: string;
  readonly expected: Row['expected'];
  readonly bounds: string;
  readonly design: Design;
}

/** A row about one of the designs before the protocol. */
export function designRow({ wording, promise, expected, bounds, design }: DesignRowParts): Row {
  return {
    wording,
    promise,
    expected,
    without: [],
    bounds,
    statesMax,
    goals: [],
    createSystem: () => createDesignSystem(design),
  };
}

interface ProtocolRowParts {
  readonly wording: string;
  readonly promise: string;
  readonly expected: Row['expected'];
  readonly without?: readonly RuleName[];
  readonly bounds: Partial<Bounds>;
  readonly goals?: readonly string[];
}

/**
 * A row about the protocol, or about the protocol minus some rules. States that behave alike are merged only while every
 * rule is on and Redis keeps what the protocol relies on: the arguments for merging need exactly that.
 */
export function protocolRow({ wording, promise, expected, without = [], bounds, goals = [] }: ProtocolRowParts): Row {
  const keepsPreconditions = bounds.faults?.eviction === undefined && bounds.faults?.clockStepsBack === undefined;
  const rules = rulesWithout(without);
  const allBounds = { ...smallestBounds, mergesAlike: without.length === 0 && keepsPreconditions, ...bounds };
  return {
    wording,
    promise,
    expected,
    without,
    bounds: describeBounds(allBounds),
    statesMax,
    goals,
    createSystem: () => createProtocolSystem(rules, allBounds),
  };
}
