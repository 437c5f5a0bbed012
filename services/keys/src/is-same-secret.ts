import { timingSafeEqual } from 'node:crypto';

/** Compares in constant time; the length is no secret. */
export function isSameSecret(presented: string, expected: string): boolean {
  const [a, b] = [Buffer.from(presented), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
