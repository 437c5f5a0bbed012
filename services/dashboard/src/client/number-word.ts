const words = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];

/** A count for a sentence: a word up to twelve, digits from there on. */
export function numberWord(count: number): string {
  return words[count - 1] ?? String(count);
}
