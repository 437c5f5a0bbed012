/** Choices that a seed repeats: the same calls in the same order give the same answers. */
export interface SeededRandom {
  /** Uniform in [0, 1). */
  next(): number;
  between(low: number, high: number): number;
  /** @throws Error on an empty list. */
  pick<Item>(list: readonly Item[]): Item;
  shuffle<Item>(list: readonly Item[]): Item[];
  /** A separate sequence of choices: the number of choices made here changes no other sequence. */
  fork(name: string): SeededRandom;
}

export function createSeededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  /** Mulberry32: every seed is a good one. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const pick = <Item>(list: readonly Item[]): Item => {
    const item = list[Math.floor(next() * list.length)];
    if (item === undefined) throw new Error('Nothing to pick from');
    return item;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    pick,
    shuffle: (list) => {
      const shuffled = [...list];
      for (let n = shuffled.length - 1; n > 0; n -= 1) {
        const other = Math.floor(next() * (n + 1));
        const [a, b] = [shuffled[n], shuffled[other]];
        if (a !== undefined && b !== undefined) [shuffled[n], shuffled[other]] = [b, a];
      }
      return shuffled;
    },
    fork: (name) => createSeededRandom(hash(`${seed} ${name}`)),
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
