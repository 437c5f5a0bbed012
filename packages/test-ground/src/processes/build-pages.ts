import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../../../../scripts/build-pages.mjs', import.meta.url));
/** Milliseconds; a build takes a few seconds, and a busy machine many more. */
const buildDeadlineMs = 180_000;

/** The dashboard's pages as their sources are now. Builds nothing where they have not changed since the last build. */
export async function buildPages(): Promise<void> {
  await promisify(execFile)(process.execPath, [program], { timeout: buildDeadlineMs });
}
