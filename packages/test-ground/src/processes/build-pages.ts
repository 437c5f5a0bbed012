import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../../../../scripts/build-pages.mjs', import.meta.url));
/** Milliseconds. A longer build fails the run; a build takes a few seconds, and on a busy machine many more. */
const buildDeadlineMs = 180_000;

/**
 * Builds the dashboard's pages from their present sources, or nothing where they have not changed since the last build.
 */
export async function buildPages(): Promise<void> {
  await promisify(execFile)(process.execPath, [program], { timeout: buildDeadlineMs });
}
