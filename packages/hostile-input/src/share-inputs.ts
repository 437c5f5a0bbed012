import type { Family } from './hostile-input.ts';

export interface Share {
  readonly family: Family;
  readonly inputsMax: number;
}

/**
 * Shares a number of inputs among families by their weights. Families that end by themselves come first; the one with
 * the most random inputs comes last and takes the inputs that the others have left.
 */
export function shareInputs(families: readonly Family[], inputs: number): readonly Share[] {
  const able = families.filter(({ skipped }) => skipped === undefined);
  const [largest, ...others] = able.toSorted((a, b) => b.weight - a.weight);
  if (largest === undefined) return [];
  const total = able.reduce((sum, { weight }) => sum + weight, 0);
  const shares = others.map((family) => ({ family, inputsMax: Math.ceil((inputs * family.weight) / total) }));
  return [...shares, { family: largest, inputsMax: inputs }];
}
