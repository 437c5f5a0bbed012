import { randomBytes } from 'node:crypto';

/**
 * One life of the marker store: drawn by the key service that reloads it, never used for a second reload. Every script
 * carries its generation in its text and is loaded by that reload alone, so that a store that was restarted or
 * replaced does not know the script, and says so instead of vouching for what it may have lost.
 */
export type Generation = string & { readonly __brand: 'Generation' };

/** 128 random bits: a counter could be drawn twice. */
export function newGeneration(): Generation {
  return toGeneration(randomBytes(16).toString('hex'));
}

export function parseGeneration(text: string | null): Generation | undefined {
  return text !== null && /^[0-9a-f]{32}$/.test(text) ? toGeneration(text) : undefined;
}

function toGeneration(text: string): Generation {
  return text as Generation;
}
