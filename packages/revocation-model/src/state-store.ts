/**
 * Every state met so far, exactly (no hash compaction): the words of one state after the other in the order of their
 * discovery, with the state each was first reached from. The order of discovery is the queue of a breadth-first search.
 */
export interface StateStore {
  /** The packed states; replaced by a longer array when it is full, so read it anew after `add`. */
  readonly words: () => Uint32Array;
  readonly count: () => number;
  /** Index of the state, which is the former `count()` when it is new. Throws RangeError beyond the largest index. */
  readonly add: (state: Uint32Array, parent: number) => number;
  readonly parentOf: (index: number) => number;
}

// Where tests run, a look-up of a global costs as much as the rest of the hash.
const { imul } = Math;

/** The parent of a start state. */
export const noParent = 0xffffffff;

const firstCapacity = 1 << 12;

export function createStateStore(wordsPerState: number): StateStore {
  let capacity = firstCapacity;
  let words = new Uint32Array(capacity * wordsPerState);
  let parents = new Uint32Array(capacity);
  // Open addressing; an entry is an index plus one, so that zero means free. Never more than half full.
  let table = new Uint32Array(capacity * 2);
  let count = 0;

  return {
    words: () => words,
    count: () => count,
    add: (state, parent) => {
      if (count === capacity) grow();
      const mask = table.length - 1;
      let slot = hashWords(state, 0, wordsPerState) & mask;
      for (let entry = table[slot] ?? 0; entry !== 0; entry = table[slot] ?? 0) {
        if (isSame(state, (entry - 1) * wordsPerState)) return entry - 1;
        slot = (slot + 1) & mask;
      }
      const base = count * wordsPerState;
      for (let word = 0; word < wordsPerState; word += 1) words[base + word] = state[word] ?? 0;
      parents[count] = parent;
      count += 1;
      table[slot] = count;
      return count - 1;
    },
    parentOf: (index) => parents[index] ?? noParent,
  };

  function isSame(state: Uint32Array, base: number): boolean {
    for (let word = 0; word < wordsPerState; word += 1) if (words[base + word] !== state[word]) return false;
    return true;
  }

  function grow(): void {
    capacity *= 2;
    const longerWords = new Uint32Array(capacity * wordsPerState);
    longerWords.set(words);
    words = longerWords;
    const longerParents = new Uint32Array(capacity);
    longerParents.set(parents);
    parents = longerParents;
    table = new Uint32Array(capacity * 2);
    const mask = table.length - 1;
    for (let index = 0; index < count; index += 1) {
      let slot = hashWords(words, index * wordsPerState, wordsPerState) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = index + 1;
    }
  }
}

function hashWords(words: Uint32Array, base: number, length: number): number {
  let hash = 0;
  for (let word = 0; word < length; word += 1) {
    hash = imul(hash ^ (words[base + word] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
