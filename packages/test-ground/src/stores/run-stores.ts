import { askPostgres, askRedis } from './ask.ts';
import { findPostgres } from './find-postgres.ts';
import { findRedis, type MissingStore } from './find-redis.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

/** One store of a run: its source is known at once, and its server starts only when a suite asks for it. */
export interface RunStore {
  /** A text for people: the store's version and address, or the package to install. */
  readonly says: string;
  /** Whether suites are skipped because a server cannot be started. */
  readonly cannotStart: boolean;
  /** Whether suites are skipped because there is none at all. */
  readonly missing: boolean;
  /** Variables by which suites and their processes start their own servers; empty values where they cannot. */
  readonly variables: Readonly<Record<string, string>>;
  /** The URL of the run's server, started once. */
  open(): Promise<string>;
  /** Ends a server that was started. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The run's Redis: the one at `REDIS_URL`, else one of its own. @throws Error when none answers at `REDIS_URL`. */
export async function findRunRedis(environment: Environment): Promise<RunStore> {
  const found = await findRedis();
  return findRunStore(environment.REDIS_URL, {
    name: 'Redis',
    urlVariable: 'REDIS_URL',
    found,
    variables: { TEST_REDIS_SERVER: found.kind === 'found' ? found.server : '' },
    ask: askRedis,
    // Each product of a suite gets a database of its own; the usual 16 would be used up.
    start: () => startRedis({ settings: { databases: '256' } }),
  });
}

/** The run's Postgres: the one at `DATABASE_URL`, else one of its own. @throws Error when none answers at `DATABASE_URL`. */
export async function findRunPostgres(environment: Environment): Promise<RunStore> {
  const found = await findPostgres();
  return findRunStore(environment.DATABASE_URL, {
    name: 'Postgres',
    urlVariable: 'DATABASE_URL',
    found,
    variables: { TEST_POSTGRES_PROGRAMS: found.kind === 'found' ? found.programs : '' },
    ask: askPostgres,
    start: startPostgres,
  });
}

interface StoreKind {
  readonly name: string;
  readonly urlVariable: string;
  readonly found: MissingStore | { readonly kind: 'found'; readonly version: string; readonly how: string };
  readonly variables: Readonly<Record<string, string>>;
  readonly ask: (url: string) => Promise<void>;
  readonly start: () => Promise<{ readonly url: string; stop(): Promise<void> }>;
}

async function findRunStore(givenUrl: string | undefined, kind: StoreKind): Promise<RunStore> {
  const { name, urlVariable, found, variables, ask, start } = kind;
  const cannotStart = found.kind === 'missing';
  const nothingToStop = async (): Promise<void> => undefined;
  if (givenUrl) {
    await ask(givenUrl).catch((error: unknown) => {
      throw new Error(`${urlVariable}: no ${name} answers there (${error instanceof Error ? error.message : error})`);
    });
    const says = `${name} at ${urlVariable}${cannotStart ? `, but suites that kill one are skipped: ${found.advice}` : ''}`;
    return { says, cannotStart, missing: false, variables, open: async () => givenUrl, stop: nothingToStop };
  }
  if (cannotStart) {
    const says = `no ${name}, so suites that need it are skipped: ${found.advice}`;
    const open = () => Promise.reject(new Error(`This run has no ${name}: ${found.advice}`));
    return { says, cannotStart, missing: true, variables, open, stop: nothingToStop };
  }
  let started: ReturnType<typeof start> | undefined;
  return {
    says: `${found.version} (${found.how})`,
    cannotStart,
    missing: false,
    variables,
    open: async () => {
      started ??= start();
      return (await started).url;
    },
    stop: async () => {
      const server = await started?.catch(() => undefined);
      await server?.stop();
    },
  };
}
