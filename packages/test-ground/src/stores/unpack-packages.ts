import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isExecutable, runProgram } from './run-program.ts';

const workspaceRoot = resolve(import.meta.dirname, '../../../..');
const cacheFolder = join(workspaceRoot, '.cache');
const connectTimeoutSeconds = 10;

/** `apt-get` with these arguments, its package lists and caches apart from the system's. @returns what it wrote. */
export type AptGet = (...args: readonly string[]) => Promise<string>;

export interface PackagesOptions {
  /** The name of the folder in the cache, and of the program in it. */
  readonly name: string;
  /** The packages to unpack: the program, and those of its libraries that the system lacks. */
  readonly choose: (aptGet: AptGet) => readonly string[] | Promise<readonly string[]>;
  /** Completes the unpacked `/usr`. */
  readonly arrange?: (usr: string) => Promise<void>;
  /**
   * The shell lines that run the program with its arguments; `$here` is the unpacked `/usr`, `$libraries` its shared
   * libraries.
   */
  readonly launcher: readonly string[];
  /** Milliseconds for all steps together. After that the function rejects. */
  readonly deadlineMs: number;
}

/**
 * A program of Debian's, unpacked into the workspace's cache folder: needs no root, installs nothing and starts no
 * service. An unpacked program is used again.
 * @returns the file to run, or undefined on a system without `apt-get`.
 * @throws Error when the packages cannot be fetched within the deadline, or the program does not print its version.
 */
export async function unpackPackages(options: PackagesOptions): Promise<string | undefined> {
  const unpacked = join(cacheFolder, options.name);
  const program = join(unpacked, options.name);
  if (isExecutable(program)) return program;
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg')) return undefined;

  await mkdir(cacheFolder, { recursive: true });
  const workFolder = await mkdtemp(join(cacheFolder, `${options.name}-`));
  try {
    await downloadAndUnpack(workFolder, options, Date.now() + options.deadlineMs);
    // The folder is renamed as a whole, so that no run finds half a program; another run may have been quicker.
    await rename(workFolder, unpacked).catch((error: unknown) => {
      if (!isExecutable(program)) throw error;
    });
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
  return program;
}

async function downloadAndUnpack(folder: string, options: PackagesOptions, endMs: number): Promise<void> {
  const { name, choose, arrange, launcher } = options;
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
    // An unreachable package server is noticed after seconds and not after minutes.
    ...['http', 'https'].map((scheme) => `Acquire::${scheme}::Timeout=${connectTimeoutSeconds}`),
    'Acquire::Retries=0',
  ];
  const apart = ['-q', ...settings.flatMap((setting) => ['-o', setting])];
  const aptGet: AptGet = (...args) => run('/usr/bin/apt-get', [...apart, ...args]);

  await aptGet('update');
  await aptGet('download', ...(await choose(aptGet)));
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.deb')) continue;
    await run('/usr/bin/dpkg', ['-x', file, 'unpacked']);
    await rm(join(folder, file));
  }
  await Promise.all([lists, cache].map((each) => rm(each, { recursive: true, force: true })));
  await arrange?.(join(folder, 'unpacked/usr'));
  await writeLauncher(join(folder, name), launcher);
  await run(join(folder, name), ['--version']);
}

async function writeLauncher(file: string, lines: readonly string[]): Promise<void> {
  const head = [
    '#!/bin/sh',
    '# Runs the unpacked program with the libraries that came with it.',
    'here=$(dirname "$(readlink -f "$0")")/unpacked/usr',
    'libraries=$(echo "$here"/lib/*-linux-gnu)',
  ];
  await writeFile(file, `${[...head, ...lines].join('\n')}\n`);
  await chmod(file, 0o755);
}
