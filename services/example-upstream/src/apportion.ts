/**
 * Divides a whole number in proportion to weights, by largest remainder: the parts are whole numbers and always add up
 * to the total, so that two reports on the same period agree.
 */
export function apportion(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((left, right) => left + right, 0);
  const shares = weights.map((weight, index) => {
    const exact = sum === 0 ? 0 : (total * weight) / sum;
    return { index, whole: Math.floor(exact), remainder: exact - Math.floor(exact) };
  });
  const unshared = total - shares.reduce((left, { whole }) => left + whole, 0);
  const byRemainder = [...shares].sort((left, right) => right.remainder - left.remainder || left.index - right.index);
  const favoured = new Set(byRemainder.slice(0, unshared).map(({ index }) => index));
  return shares.map(({ index, whole }) => whole + (favoured.has(index) ? 1 : 0));
}
