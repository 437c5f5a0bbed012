import { describe, expect, it } from '@jest/globals';
import { numberWord } from './number-word.ts';

describe('a count in a sentence', () => {
  it('is a word up to twelve, and digits from there on', () => {
    expect([1, 6, 9, 12, 13].map(numberWord)).toEqual(['one', 'six', 'nine', 'twelve', '13']);
  });
});
