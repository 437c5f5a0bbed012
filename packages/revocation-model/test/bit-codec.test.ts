import { describe, expect, it } from '@jest/globals';
import { createBitReader, createBitWriter } from '../src/bit-codec.ts';

describe('the bit codec', () => {
  it('gives back every value over many words', () => {
    const fields = Array.from({ length: 60 }, (_, index) => ({ width: 1 + (index % 24), seed: index * 2_654_435 }));
    const values = fields.map(({ width, seed }) => seed % 2 ** width);
    const writer = createBitWriter(40);
    for (const [index, { width }] of fields.entries()) writer.put(values[index] ?? 0, width);
    expect(writer.flush()).toBeGreaterThan(20);
    const reader = createBitReader();
    reader.restart(writer.words, 0);
    expect(fields.map(({ width }) => reader.take(width))).toEqual(values);
  });

  it('refuses a value that needs more bits, and a negative one', () => {
    const writer = createBitWriter(1);
    expect(() => writer.put(8, 3)).toThrow(RangeError);
    expect(() => writer.put(-1, 3)).toThrow(RangeError);
    writer.put(7, 3);
  });

  it('refuses a state with more words than it was made for', () => {
    const writer = createBitWriter(1);
    writer.put(1, 20);
    writer.put(1, 20);
    expect(() => writer.flush()).toThrow(RangeError);
  });
});
