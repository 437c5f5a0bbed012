const wordBits = 32;

/** Packs small unsigned integers into 32-bit words, one after the other; no value straddles two words. */
export interface BitWriter {
  readonly words: Uint32Array;
  readonly restart: () => void;
  /** Throws RangeError when the value needs more bits: a state must never be stored as another one. */
  readonly put: (value: number, bits: number) => void;
  /** Stores the last word; returns the number of words written since `restart`. */
  readonly flush: () => number;
}

export function createBitWriter(wordsMax: number): BitWriter {
  const words = new Uint32Array(wordsMax);
  let index = 0;
  let word = 0;
  let used = 0;
  return {
    words,
    restart: () => {
      index = 0;
      word = 0;
      used = 0;
    },
    put: (value, bits) => {
      if (value >>> bits !== 0) throw new RangeError(`${value} does not fit into ${bits} bits`);
      if (used + bits > wordBits) {
        words[index] = word;
        index += 1;
        word = 0;
        used = 0;
      }
      word |= value << used;
      used += bits;
    },
    flush: () => {
      if (index >= wordsMax) throw new RangeError(`A state needs more than ${wordsMax} words`);
      words[index] = word;
      return index + 1;
    },
  };
}

/** Reads back, in the same order and widths, what a {@link BitWriter} packed. */
export interface BitReader {
  readonly restart: (words: Uint32Array, offset: number) => void;
  readonly take: (bits: number) => number;
}

export function createBitReader(): BitReader {
  let words: Uint32Array = new Uint32Array(1);
  let index = 0;
  let word = 0;
  let used = 0;
  return {
    restart: (from, offset) => {
      words = from;
      index = offset;
      word = words[index] ?? 0;
      used = 0;
    },
    take: (bits) => {
      if (used + bits > wordBits) {
        index += 1;
        word = words[index] ?? 0;
        used = 0;
      }
      const value = (word >>> used) & ((1 << bits) - 1);
      used += bits;
      return value;
    },
  };
}
