/**
 * Numbers that look random but are not: the same parts always give the same draw, on every machine and in any order, so
 * that no drawn value has to be stored.
 */

/** A draw from 0 (included) to 1 (excluded), decided by the parts alone. */
export function draw(...parts: readonly (string | number)[]): number {
  return hash32(parts.join('\n')) / 2 ** 32;
}

/** A draw from `min` (included) to `max` (excluded). */
export function drawBetween(min: number, max: number, ...parts: readonly (string | number)[]): number {
  return min + (max - min) * draw(...parts);
}

/** FNV-1a over the UTF-16 units, then MurmurHash3's finalizer, without which near-equal texts give near-equal hashes. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The item that a draw selects when each has a share in proportion to its weight. @throws RangeError without items. */
export function pickWeighted<Item extends { readonly weight: number }>(items: readonly Item[], drawn: number): Item {
  let left = drawn * items.reduce((sum, { weight }) => sum + weight, 0);
  for (const item of items) {
    if (left < item.weight) return item;
    left -= item.weight;
  }
  // Reached only through the rounding of the sum.
  const last = items.at(-1);
  if (last === undefined) throw new RangeError('There is nothing to pick from');
  return last;
}
