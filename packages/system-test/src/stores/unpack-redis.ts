import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isExecutable, runProgram } from './run-program.ts';

const workspaceRoot = resolve(import.meta.dirname, '../../../..');
const cacheFolder = join(workspaceRoot, '.cache');

/** The server, and the shared libraries that a plain Debian does not have. */
const packages = ['redis-tools', 'libjemalloc2', 'liblzf1', 'libatomic1'];

const unpackDeadlineMs = 90_000;
const connectTimeoutSeconds = 10;

/**
 * Debian's own Redis, unpacked into the workspace's cache folder: needs no root, installs nothing and starts no service.
 * An earlier one is used again.
 * @returns the file to run, or undefined on a system without `apt-get`.
 * @throws when the packages cannot be had within the deadline.
 */
export async function unpackRedis(): Promise<string | undefined> {
  const unpacked = join(cacheFolder, 'redis-server');
  const server = join(unpacked, 'redis-server');
  if (isExecutable(server)) return server;
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) return undefined;

  await mkdir(cacheFolder, { recursive: true });
  const workFolder = await mkdtemp(join(cacheFolder, 'redis-server-'));
  try {
    await downloadAndUnpack(workFolder, Date.now() + unpackDeadlineMs);
    // Renamed as a whole, so that no one ever finds half a server; another run may have been quicker.
    await rename(workFolder, unpacked).catch((error: unknown) => {
      if (!isExecutable(server)) throw error;
    });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  return server;
}

async function downloadAndUnpack(folder: string, endMs: number): Promise<void> {
  const run = (command: string, args: readonly string[]): Promise<string> =>
    runProgram(command, args, { directory: folder, deadlineMs: Math.max(1, endMs - Date.now()) });
  const [lists, cache] = [join(folder, 'lists'), join(folder, 'cache')];
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(cache, 'archives/partial'), { recursive: true });
  // The system's own package lists and caches belong to root and stay as they are.
  const settings = [
    `Dir::State::lists=${lists}`,
    `Dir::Cache=${cache}`,
    'Debug::NoLocking=1',
    // Where the package server cannot be reached, that is known after seconds and not after minutes.
    ...['http', 'https'].map((scheme) => `Acquire::${scheme}::Timeout=${connectTimeoutSeconds}`),
    'Acquire::Retries=0',
  ];
  const apart = ['-q', ...settings.flatMap((setting) => ['-o', setting])];

  await run('/usr/bin/apt-get', [...apart, 'update']);
  await run('/usr/bin/apt-get', [...apart, 'download', ...packages]);
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.deb')) continue;
    await run('/usr/bin/dpkg', ['-x', name, 'unpacked']);
    await rm(join(folder, name));
  }
  await Promise.all([lists, cache].map((each) => rm(each, { recursive: true, force: true })));
  await writeLauncher(folder);
  await run(join(folder, 'redis-server'), ['--version']);
}

/** Debian's `redis-check-rdb` and `redis-server` are one program that looks at the name it was called by. */
async function writeLauncher(folder: string): Promise<void> {
  await copyFile(join(folder, 'unpacked/usr/bin/redis-check-rdb'), join(folder, 'unpacked/usr/bin/redis-server'));
  const launcher = join(folder, 'redis-server');
  await writeFile(
    launcher,
    [
      '#!/bin/sh',
      '# Runs the unpacked server with the libraries that came with it.',
      'here=$(dirname "$(readlink -f "$0")")/unpacked/usr',
      'LD_LIBRARY_PATH=$(echo "$here"/lib/*-linux-gnu) exec "$here/bin/redis-server" "$@"',
      '',
    ].join('\n'),
  );
  await chmod(launcher, 0o755);
}
