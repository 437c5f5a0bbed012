import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Public lists of hostile strings: in the folder `CORPORA_FOLDER`, else beside the workspace. May be missing. */
const folder = process.env.CORPORA_FOLDER ?? '../shared/corpora';

/** Every distinct line of the lists of one kind, such as `xss`; none where the folder is missing. */
export function corpusLines(kind: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    new RegExp(`(^|/)${kind}--`).test(name),
  );
  const lines = names.flatMap((name) => readFileSync(join(folder, name), 'latin1').split(/\r?\n/));
  return [...new Set(lines)].filter((line) => line.trim() !== '');
}
