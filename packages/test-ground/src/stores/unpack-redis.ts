import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackages } from './unpack-packages.ts';

/** The server, and the shared libraries that a plain Debian does not have. */
const packages = ['redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

const unpackDeadlineMs = 90_000;

/**
 * Debian's own Redis, unpacked.
 * @returns the file to run, or undefined on a system without `apt-get`.
 * @throws Error when the packages cannot be fetched within the deadline.
 */
export function unpackRedis(): Promise<string | undefined> {
  return unpackPackages({
    name: 'redis-server',
    choose: () => packages,
    // Debian's `redis-check-rdb` and `redis-server` are one program, which acts by the name it was called by.
    arrange: (usr) => copyFile(join(usr, 'bin/redis-check-rdb'), join(usr, 'bin/redis-server')),
    launcher: ['LD_LIBRARY_PATH=$libraries exec "$here/bin/redis-server" "$@"'],
    deadlineMs: unpackDeadlineMs,
  });
}
