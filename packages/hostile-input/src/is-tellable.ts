const samples = 400;
const attemptsMost = 4;
/** Welch's t. Beyond it two means count as different, as is customary for timing leaks. */
const tellableFrom = 4.5;
/** The share of the fastest times that is judged. The slowest depend more on the machine than on the request. */
const keptShare = 0.9;

/**
 * Whether two kinds of requests take different times on average. A real difference shows every time, a random one does
 * not.
 * @param one the milliseconds of one request of the first kind.
 * @param other the milliseconds of one request of the second kind.
 */
export async function isTellable(one: () => Promise<number>, other: () => Promise<number>): Promise<boolean> {
  for (let attempt = 0; attempt < attemptsMost; attempt += 1) {
    const times: [number[], number[]] = [[], []];
    for (let n = 0; n < samples; n += 1) {
      // The kinds alternate in changing order, so that other work of the machine affects both alike.
      const order = n % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
      for (const which of order) times[which].push(await (which === 0 ? one : other)());
    }
    if (Math.abs(welch(trimmed(times[0]), trimmed(times[1]))) < tellableFrom) return false;
  }
  return true;
}

function trimmed(times: readonly number[]): readonly number[] {
  return times.toSorted((a, b) => a - b).slice(0, Math.floor(times.length * keptShare));
}

function welch(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  return (meanA - meanB) / Math.sqrt(variance(a, meanA) / a.length + variance(b, meanB) / b.length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function variance(values: readonly number[], average: number): number {
  return values.reduce((sum, value) => sum + (value - average) ** 2, 0) / (values.length - 1);
}
