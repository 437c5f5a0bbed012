import { findOnPath, isExecutable, runProgram } from './run-program.ts';
import { unpackRedis } from './unpack-redis.ts';

export interface FoundRedis {
  readonly kind: 'found';
  /** The file to run. */
  readonly server: string;
  /** The version as the server reports it: `Redis 7.0.15`. */
  readonly version: string;
  readonly how: string;
}

export interface MissingStore {
  readonly kind: 'missing';
  /** One sentence: what to install, or what to set. */
  readonly advice: string;
}

const versionDeadlineMs = 10_000;
const advice =
  'install redis-server or valkey-server (Debian, Ubuntu: apt-get install redis-server), or set TEST_REDIS_SERVER to the file of one';

/**
 * A Redis server to run: `TEST_REDIS_SERVER`, else `redis-server` or `valkey-server` on the PATH, else on Debian and
 * Ubuntu the packaged one unpacked into the workspace's cache folder.
 */
export async function findRedis(): Promise<FoundRedis | MissingStore> {
  const chosen = process.env.TEST_REDIS_SERVER;
  if (chosen !== undefined && chosen !== '') {
    if (isExecutable(chosen)) return found(chosen, 'TEST_REDIS_SERVER');
    return { kind: 'missing', advice: `set TEST_REDIS_SERVER to a file that can be run; ${chosen} is none` };
  }
  const onPath = findOnPath('redis-server') ?? findOnPath('valkey-server');
  if (onPath !== undefined) return found(onPath, onPath);
  try {
    const unpacked = await unpackRedis();
    if (unpacked !== undefined) return await found(unpacked, 'unpacked package');
    return { kind: 'missing', advice };
  } catch {
    return { kind: 'missing', advice: `${advice} (the package could not be fetched and unpacked just now)` };
  }
}

async function found(server: string, how: string): Promise<FoundRedis | MissingStore> {
  try {
    // `Redis server v=7.0.15 sha=…`, `Valkey server v=8.1.4 sha=…`
    const text = await runProgram(server, ['--version'], { deadlineMs: versionDeadlineMs });
    const [, name, version] = /^(\w+) server v=(\S+)/m.exec(text) ?? [];
    if (name === undefined || version === undefined) return { kind: 'missing', advice: `${advice}; ${server} is none` };
    return { kind: 'found', server, version: `${name} ${version}`, how };
  } catch (error) {
    return { kind: 'missing', advice: `${advice}; ${server} does not run: ${firstLine(error)}` };
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
