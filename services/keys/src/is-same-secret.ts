import { timingSafeEqual } from 'node:crypto';

/** Compared in constant time; a length is no secret. */
export function isSameSecret(presented: string, expected: string): boolean {
  const [a, b] = [Buffer.from(presented), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
