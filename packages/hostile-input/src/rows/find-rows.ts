/** A title: a text at the start of a call's arguments, except in a call that skips its test. */
const title = /(?<!\bskip)(?<!\btodo)\(\s*(['"`])([A-Z]\d\d) /g;
/** The first cell of a table's row whose title is made of it. */
const cell = /\[\s*(['"])([A-Z]\d\d)\1,/g;
const titleFromCell = /\(\s*(['"`])%s /;

/** The ids of rows that the titles of a test file begin with. */
export function rowsInTests(source: string): ReadonlySet<string> {
  const found = [...source.matchAll(title)];
  if (titleFromCell.test(source)) found.push(...source.matchAll(cell));
  return new Set(found.flatMap(([, , id]) => (id === undefined ? [] : [id])));
}

/** The ids of rows that a decision explains: `- **W06**: …`, with a sentence behind it. */
export function rowsInDecision(text: string): ReadonlySet<string> {
  const explained = text.matchAll(/^- \*\*([A-Z]\d\d)\*\*: \S.{20,}/gm);
  return new Set([...explained].flatMap(([, id]) => (id === undefined ? [] : [id])));
}
