import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders that hold no source of what is installed or built. */
const skipped = new Set(['node_modules', 'dist', 'test']);

/** Paths of files below a folder of the workspace, in a fixed order. @param isWanted gets the path with `/`. */
export function filesBelow(folder, isWanted = () => true) {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort(({ name: one }, { name: other }) => (one < other ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesBelow(path, isWanted);
      return isWanted(path) ? [path] : [];
    });
}

/** One digest of files by path and content. Their times do not count. */
export function digestOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  return hash.digest('hex');
}
