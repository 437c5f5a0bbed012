import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { type Logger, StartupError } from '@engagetrack/service-chassis';
import { Kysely, PGliteDialect, PostgresDialect, type PostgresPool } from 'kysely';
import pg from 'pg';
import { lockDataFolder } from './data-folder-lock.ts';
import type { Schema } from './schema.ts';

export type KeysDatabase = Kysely<Schema>;

/**
 * Separate connections to one database: requests of people delay neither introspections nor renewals, and usage reports
 * delay none of these.
 */
export interface KeysDatabases {
  readonly main: KeysDatabase;
  readonly introspection: KeysDatabase;
  readonly renewal: KeysDatabase;
  readonly usage: KeysDatabase;
  close(): Promise<void>;
}

interface PoolLimits {
  /** The pool keeps these open, so that a query rarely waits for a new connection. */
  readonly connectionsMin: number;
  readonly connectionsMax: number;
  /** Milliseconds that a query waits for a connection. Beyond them it fails; a connection under way is kept. */
  readonly acquireTimeoutMs: number;
  readonly queryTimeoutMs: number;
}

/**
 * Milliseconds for a new connection. It is not the deadline of the query that needed it: a connection that comes late
 * serves the next query. If each query gave its own connection up, a slow Postgres would have to accept and authenticate
 * one for every query, and stay slow for that alone. Beyond them the attempt is given up.
 */
const connectTimeoutMs = 3_000;

const mainLimits: PoolLimits = {
  connectionsMin: 0,
  connectionsMax: 10,
  acquireTimeoutMs: 1_000,
  queryTimeoutMs: 1_500,
};
/** Milliseconds. A query beyond them fails: the gateway waits, and its own caller waits no longer than 250 ms. */
const introspectionLimits: PoolLimits = {
  connectionsMin: 2,
  connectionsMax: 10,
  acquireTimeoutMs: 180,
  queryTimeoutMs: 180,
};
/**
 * Milliseconds. A query beyond them fails; they are far below the lease, so a failing cycle leaves time for the next
 * one.
 */
const renewalLimits: PoolLimits = {
  connectionsMin: 0,
  connectionsMax: 2,
  acquireTimeoutMs: 300,
  queryTimeoutMs: 400,
};
/**
 * Milliseconds. A query beyond them fails, and the gateway sends its report again. They are below a gateway's deadline,
 * so it usually learns the outcome.
 */
const usageLimits: PoolLimits = {
  connectionsMin: 0,
  connectionsMax: 2,
  acquireTimeoutMs: 500,
  queryTimeoutMs: 1_000,
};
const topUpIntervalMs = 250;

/** Connects to Postgres when it is first needed; every wait has a deadline, and it reconnects by itself. */
export function openPostgres(url: string, log: Logger): KeysDatabases {
  const main = createPool(url, { name: 'keys', limits: mainLimits, log });
  const introspection = createPool(url, { name: 'keys-introspection', limits: introspectionLimits, log });
  const renewal = createPool(url, { name: 'keys-renewal', limits: renewalLimits, log });
  const usage = createPool(url, { name: 'keys-usage', limits: usageLimits, log });
  return {
    main: main.database,
    introspection: introspection.database,
    renewal: renewal.database,
    usage: usage.database,
    close: async () => {
      await Promise.all([main, introspection, renewal, usage].map((pool) => pool.close()));
    },
  };
}

/**
 * Postgres inside this process, its files below the data folder, which is locked for this process.
 * @throws StartupError when the folder cannot be used, is broken or belongs to another running process.
 */
export async function openPGlite(dataFolder: string): Promise<KeysDatabases> {
  const folder = join(dataFolder, 'postgres');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new StartupError(
      `DATA_DIR: cannot create the folder ${folder} (${reasonOf(error)}); name a folder that this user may write to`,
    );
  }
  const unlock = lockDataFolder(dataFolder);
  try {
    const pglite = await PGlite.create(folder);
    const database = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
    return {
      main: database,
      introspection: database,
      renewal: database,
      usage: database,
      close: async () => {
        await database.destroy();
        // Kysely closes an instance that it has used; one that was never used is closed here.
        if (!pglite.closed) await pglite.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw new StartupError(
      `DATA_DIR: the database in ${folder} cannot be opened (${reasonOf(error)}); restore the folder from a backup or name an empty one`,
    );
  }
}

function createPool(
  url: string,
  { name, limits, log }: { readonly name: string; readonly limits: PoolLimits; readonly log: Logger },
): { readonly database: KeysDatabase; close(): Promise<void> } {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    min: limits.connectionsMin,
    max: limits.connectionsMax,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: limits.queryTimeoutMs,
    statement_timeout: limits.queryTimeoutMs,
    idle_in_transaction_session_timeout: limits.queryTimeoutMs,
    keepAlive: true,
  });
  // Without a listener, a connection that breaks would end the process. The pool listens to idle connections only; in
  // use, the failing statement reports the break.
  pool.on('error', (error) => log.warn({ at: 'database_connection_lost', pool: name, reason: error.message }));
  pool.on('connect', (client) => client.on('error', () => undefined));
  const database = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: withAcquireTimeout(pool, limits.acquireTimeoutMs) }),
  });
  const stopToppingUp = topUp(pool, limits.connectionsMin);
  return {
    database,
    close: async () => {
      stopToppingUp();
      await database.destroy();
      // Kysely ends a pool that it has used; one that was never used is ended here.
      if (!pool.ending) await pool.end();
    },
  };
}

/** A query that has waited for a connection for too long fails; the connection, when it comes, goes to another one. */
function withAcquireTimeout(pool: pg.Pool, acquireTimeoutMs: number): PostgresPool {
  return {
    options: pool.options,
    connect: () =>
      new Promise((resolve, reject) => {
        let isLate = false;
        const deadline = setTimeout(() => {
          isLate = true;
          reject(new Error(`No connection to the database within ${acquireTimeoutMs} ms`));
        }, acquireTimeoutMs);
        pool.connect().then(
          (client) => {
            clearTimeout(deadline);
            if (isLate) client.release();
            else resolve(client);
          },
          (error: unknown) => {
            clearTimeout(deadline);
            reject(error);
          },
        );
      }),
    end: () => pool.end(),
  };
}

/**
 * The pool keeps its least number of connections but opens none by itself, neither at first nor after an outage; this
 * does.
 */
function topUp(pool: pg.Pool, connectionsMin: number): () => void {
  const connect = (): void => {
    for (let open = pool.totalCount; open < connectionsMin; open += 1)
      pool.connect().then(
        (client) => client.release(),
        () => undefined,
      );
  };
  const timer = setInterval(connect, topUpIntervalMs);
  timer.unref();
  connect();
  return () => clearInterval(timer);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ').slice(0, 200) : 'unknown reason';
}
