/** Edits. More are no typing error. */
const editsMax = 3;

/** @returns the word that was probably meant: the one with the fewest edits, undefined when none is near. */
export function closestWord(written: string, words: readonly string[]): string | undefined {
  const distances = words.map((word) => ({ word, edits: editsBetween(written, word) }));
  const [closest] = distances.sort((one, other) => one.edits - other.edits);
  return closest !== undefined && closest.edits <= editsMax ? closest.word : undefined;
}

/** Letters inserted, left out or replaced (Levenshtein's distance). */
function editsBetween(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries())
      current.push(
        Math.min(
          (previous[column + 1] ?? 0) + 1,
          (current[column] ?? 0) + 1,
          (previous[column] ?? 0) + (letter === other ? 0 : 1),
        ),
      );
    previous = current;
  }
  return previous.at(-1) ?? 0;
}
