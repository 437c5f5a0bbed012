import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Public lists of hostile texts, beside the workspace or at TEST_CORPORA; tests read them there, and the repository has
 * no copy.
 */
const folder = process.env.TEST_CORPORA || fileURLToPath(new URL('../../../../shared/corpora/', import.meta.url));

export const haveCorpora = existsSync(folder);
export const corporaMissing = 'no lists at ../shared/corpora beside the workspace, nor at TEST_CORPORA';

export interface CorpusLine {
  /** Bytes as characters (latin1). */
  readonly text: string;
  /** `file:line`, the place of the text in its list. */
  readonly where: string;
}

/** Every line of the lists of these kinds (`path`, `headers`, …: the part of a file's name before `--`). */
export function* corpusLines(...kinds: readonly string[]): Generator<CorpusLine> {
  for (const file of filesOf(kinds)) {
    const lines = readFileSync(file, 'latin1').split('\n');
    for (const [index, line] of lines.entries()) {
      const text = line.endsWith('\r') ? line.slice(0, -1) : line;
      if (text !== '') yield { text, where: `${basename(file)}:${index + 1}` };
    }
  }
}

/** The parsing test files: one input each, `y_` valid, `n_` not, `i_` either. */
export function* jsonFiles(): Generator<CorpusLine> {
  const tests = join(folder, 'jsontestsuite', 'test_parsing');
  if (!existsSync(tests)) return;
  for (const name of readdirSync(tests).toSorted())
    yield { text: readFileSync(join(tests, name), 'latin1'), where: name };
}

function* filesOf(kinds: readonly string[]): Generator<string> {
  if (!haveCorpora) return;
  for (const set of ['fuzzdb', 'payloadsallthethings'])
    for (const name of readdirSync(join(folder, set)).toSorted())
      if (kinds.includes(name.split('--', 1)[0] ?? '')) yield join(folder, set, name);
}
