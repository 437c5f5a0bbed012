import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askRedis } from './ask.ts';
import { findRedis } from './find-redis.ts';
import { runServer, runServerOnFreePort, type ServerRecipe } from './run-server.ts';
import { watchServer } from './watched-server.ts';

export interface RedisServerOptions {
  /** Further settings as in redis.conf, such as `{ maxmemory: '2mb' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** The process id of the server that runs now; a restart changes it. */
  readonly pid: number;
  /** Ends the server and removes its data; resolves once nothing is left. */
  stop(): Promise<void>;
  /** SIGKILL, as a crash: connections break, and the port refuses new ones until `restart`. */
  kill(): Promise<void>;
  /** SIGSTOP: connections stay and accept commands, and none is answered until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /**
   * Kills the server if it still runs and starts it again on the same port; resolves once it answers.
   * Empty by default, as a Redis without persistence comes back; `keepData` brings back every acknowledged write.
   */
  restart(options?: { readonly keepData?: boolean }): Promise<void>;
}

/** @throws Error with the advice of {@link findRedis} where there is no server to run. */
export async function startRedis({ settings = {} }: RedisServerOptions = {}): Promise<RedisServer> {
  const redis = await findRedis();
  if (redis.kind === 'missing') throw new Error(`No Redis to run: ${redis.advice}`);
  const directory = await mkdtemp(join(tmpdir(), 'engagetrack-redis-'));
  const dataFolder = join(directory, 'data');
  const watched = await watchServer(directory);
  const recipe: ServerRecipe = {
    name: redis.version,
    program: (port) => ({
      command: redis.server,
      args: serverArgs({ ...baseSettings, ...settings, dir: dataFolder, port: String(port) }),
      environment: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
      endSignal: 'SIGKILL',
    }),
    ask: (port, pid) => askRedis(urlOf(port), pid),
  };

  try {
    await mkdir(dataFolder);
    const { port, spawned } = await runServerOnFreePort(watched, recipe);
    let { pid } = spawned;
    return {
      url: urlOf(port),
      port,
      get pid() {
        return pid;
      },
      stop: watched.stop,
      kill: watched.kill,
      freeze: watched.freeze,
      thaw: watched.thaw,
      restart: async ({ keepData = false } = {}) => {
        await watched.kill();
        if (!keepData) {
          await rm(dataFolder, { recursive: true });
          await mkdir(dataFolder);
        }
        ({ pid } = await runServer(watched, recipe, port));
      },
    };
  } catch (error) {
    await watched.stop();
    throw error;
  }
}

const baseSettings = {
  bind: '127.0.0.1',
  daemonize: 'no',
  loglevel: 'warning',
  save: '',
  // Redis hands every write to the kernel before its reply: the data of a killed server can be kept, without waiting
  // for a disk.
  appendonly: 'yes',
  appendfsync: 'no',
  'auto-aof-rewrite-percentage': '0',
};

function serverArgs(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

function urlOf(port: number): string {
  return `redis://127.0.0.1:${port}`;
}
