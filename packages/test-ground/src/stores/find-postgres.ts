import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MissingStore } from './find-redis.ts';
import { findOnPath, isExecutable, runProgram } from './run-program.ts';

export interface FoundPostgres {
  readonly kind: 'found';
  /** The folder of `initdb` and `postgres`. */
  readonly programs: string;
  /** `Postgres 15.18`. */
  readonly version: string;
  readonly how: string;
}

const debianFolder = '/usr/lib/postgresql';
const versionDeadlineMs = 10_000;
const advice =
  'install a Postgres server (Debian, Ubuntu: apt-get install postgresql), or put the folder of initdb and postgres on the PATH';

/** A Postgres server to run: `initdb` and `postgres` on the PATH, else Debian's newest under /usr/lib/postgresql. */
export async function findPostgres(): Promise<FoundPostgres | MissingStore> {
  const programs = foldersToTry().find((folder) =>
    ['initdb', 'postgres'].every((program) => isExecutable(join(folder, program))),
  );
  if (programs === undefined) return { kind: 'missing', advice };
  try {
    // `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
    const text = await runProgram(join(programs, 'postgres'), ['--version'], { deadlineMs: versionDeadlineMs });
    const [, version = 'of an unknown version'] = /\(PostgreSQL\) (\S+)/.exec(text) ?? [];
    return { kind: 'found', programs, version: `Postgres ${version}`, how: programs };
  } catch {
    return { kind: 'missing', advice: `${advice}; the one in ${programs} does not run` };
  }
}

function foldersToTry(): string[] {
  const onPath = findOnPath('initdb');
  const versions = existsSync(debianFolder) ? readdirSync(debianFolder).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...(onPath === undefined ? [] : [dirname(realpathSync(onPath))]),
    ...versions.map((version) => join(debianFolder, version, 'bin')),
  ];
}
