/** The spread of one quantity over a few rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** @throws Error for no values at all. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted.at(-1);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  if (min === undefined || max === undefined || low === undefined || high === undefined)
    throw new Error('No round has been measured');
  return { min, median: (low + high) / 2, max };
}

/** Each value divided by the reference value of the same round. */
export function ratiosOf(values: readonly number[], references: readonly number[]): readonly number[] {
  return values.map((value, round) => value / (references[round] ?? Number.NaN));
}

/** Whether a ratio is more than noise: its rounds differ by no more than the ratio differs from 1. */
export function isResolved({ min, median, max }: Spread): boolean {
  return max - min <= Math.abs(median - 1);
}
