import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { askPostgres } from './ask.ts';
import { findPostgres } from './find-postgres.ts';
import { runProgram } from './run-program.ts';
import { runServer, runServerOnFreePort, type ServerRecipe } from './run-server.ts';
import { type SystemUser, serverUser, temporaryFolderFor } from './server-user.ts';
import { type WatchedServer, watchServer } from './watched-server.ts';
import type { Program } from './watcher-messages.ts';

export interface PostgresServerOptions {
  /** Further settings as in postgresql.conf, such as `{ log_statement: 'all' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface PostgresServer {
  /** The URL of the database `postgres`, for a superuser. */
  readonly url: string;
  /** Ends the server and removes its data; resolves once nothing is left. */
  stop(): Promise<void>;
  /** A crash: connections break at once, and the port refuses new ones until `restart`. */
  kill(): Promise<void>;
  /** SIGSTOP to the server and every backend: connections stay, and nothing is answered until `thaw`. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Kills the server if it still runs and starts it on the same port, with everything committed; resolves once it answers. */
  restart(): Promise<void>;
  /** Copies the data as it is now, over any earlier copy; the server is killed and started for it. */
  backUp(): Promise<void>;
  /** Kills the server and starts it with the data of the copy, as when an old backup is restored. */
  restore(): Promise<void>;
}

export interface StartedPostgres extends PostgresServer {
  /** Everything that the server has logged. */
  log(): string;
}

const initdbDeadlineMs = 60_000;
const copyDeadlineMs = 30_000;

/** @throws Error with the advice of {@link findPostgres} where there is no server to run. */
export async function startPostgres(options: PostgresServerOptions = {}): Promise<StartedPostgres> {
  const postgres = await findPostgres();
  if (postgres.kind === 'missing') throw new Error(`No Postgres to run: ${postgres.advice}`);
  const user = serverUser();
  const directory = await mkdtemp(join(temporaryFolderFor(user), 'engagetrack-postgres-'));
  if (user !== undefined) await chown(directory, user.uid, user.gid);
  const watched = await watchServer(directory);
  const dataFolder = join(directory, 'cluster');
  const password = randomBytes(16).toString('hex');
  const urlOf = (port: number): string => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const recipe: ServerRecipe = {
    name: postgres.version,
    program: (port) =>
      programAs(user, {
        command: join(postgres.programs, 'postgres'),
        args: [
          '-D',
          dataFolder,
          '-p',
          String(port),
          ...Object.entries({ ...baseSettings, ...options.settings }).flatMap(settingArgs),
        ],
        // Immediate shutdown: the backends were killed before; this way the shared memory goes too.
        endSignal: 'SIGQUIT',
      }),
    // The password is this server's own, so no other server can give the answer.
    ask: (port) => askPostgres(urlOf(port)),
  };

  try {
    const passwordFile = join(directory, 'password');
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (user !== undefined) await chown(passwordFile, user.uid, user.gid);
    await createCluster(
      watched,
      programAs(user, {
        command: join(postgres.programs, 'initdb'),
        args: ['-D', dataFolder, '-U', 'postgres', `--pwfile=${passwordFile}`, ...initdbArgs],
        endSignal: 'SIGKILL',
      }),
    );
    const { port } = await runServerOnFreePort(watched, recipe);
    const backupFolder = join(directory, 'backup');
    const replace = async (folder: string, by: string): Promise<void> => {
      await watched.kill();
      await rm(folder, { recursive: true, force: true });
      // Keeps the owner of the files, which is the server's user.
      await runProgram('/bin/cp', ['-a', by, folder], { deadlineMs: copyDeadlineMs });
      await runServer(watched, recipe, port);
    };
    return {
      url: urlOf(port),
      log: watched.log,
      stop: watched.stop,
      kill: watched.kill,
      freeze: watched.freeze,
      thaw: watched.thaw,
      restart: async () => {
        await watched.kill();
        await runServer(watched, recipe, port);
      },
      backUp: () => replace(backupFolder, dataFolder),
      restore: () => replace(dataFolder, backupFolder),
    };
  } catch (error) {
    await watched.stop();
    throw error;
  }
}

const initdbArgs = ['--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-sync', '--no-instructions'];

const baseSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  // Data survives a killed server but not a power cut; a test needs no more.
  fsync: 'off',
  full_page_writes: 'off',
  // Files in the data folder, so that a killed server leaves nothing in /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  // Tests provoke refused statements; logging them would only make the log grow.
  log_min_messages: 'fatal',
  timezone: 'UTC',
};

function settingArgs([name, value]: [string, string]): string[] {
  return ['-c', `${name}=${value}`];
}

function programAs(user: SystemUser | undefined, program: Omit<Program, 'environment' | 'user'>): Program {
  const environment = { PATH: process.env.PATH ?? '', LC_ALL: 'C', TZ: 'UTC' };
  return { ...program, environment, ...(user === undefined ? {} : { user }) };
}

async function createCluster(watched: WatchedServer, initdb: Program): Promise<void> {
  const { exited } = await watched.spawn(initdb);
  const deadline = setTimeout(() => void watched.kill().catch(() => undefined), initdbDeadlineMs);
  const { code } = await exited;
  clearTimeout(deadline);
  if (code !== 0) throw new Error(`initdb failed: ${watched.logTail()}`);
}
