import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { unpackPackages } from './unpack-packages.ts';

/** The paths of Debian, of Ubuntu and of a build from source. */
const installed = ['/usr/lib/*-linux-gnu/faketime/libfaketime.so.1', '/usr/local/lib/faketime/libfaketime.so.1'];
const unpackDeadlineMs = 60_000;

/**
 * The library that shows a process another time: `TEST_LIBFAKETIME`, else the installed one, else Debian's package
 * unpacked into the workspace's cache folder. Undefined where there is none.
 */
export async function findFaketime(): Promise<string | undefined> {
  const chosen = process.env.TEST_LIBFAKETIME;
  if (chosen) return existsSync(chosen) ? chosen : undefined;
  return globSync(installed)[0] ?? (await unpacked());
}

async function unpacked(): Promise<string | undefined> {
  try {
    const program = await unpackPackages({
      name: 'faketime',
      choose: () => ['faketime', 'libfaketime'],
      launcher: ['exec "$here/bin/faketime" "$@"'],
      deadlineMs: unpackDeadlineMs,
    });
    return program && globSync(join(dirname(program), 'unpacked/usr/lib/*/faketime/libfaketime.so.1'))[0];
  } catch {
    return undefined;
  }
}
