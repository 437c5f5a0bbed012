import { readFileSync } from 'node:fs';

/**
 * @returns how many files and sockets this process may have open; undefined where the system does not say (only Linux
 * does).
 */
export function readOpenFilesMax(): number | undefined {
  try {
    // `Max open files  soft  hard  files`; Node has raised the soft limit to the hard one at its start.
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
