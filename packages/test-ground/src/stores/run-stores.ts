import { askPostgres, askRedis } from './ask.ts';
import { findPostgres } from './find-postgres.ts';
import { findRedis, type MissingStore } from './find-redis.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

/** What a run has of one store. */
export interface RunStore {
  /** For people: which one it is, or what to install. */
  readonly says: string;
  /** Whether suites are skipped for want of it. */
  readonly missing: boolean;
  /** What suites are told through the environment; an empty value counts as unset. */
  readonly variables: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The run's Redis: the one at `REDIS_URL`, else one that is started for it. */
export async function openRunRedis(environment: Environment): Promise<RunStore> {
  const found = await findRedis();
  return openRunStore(environment.REDIS_URL, {
    name: 'Redis',
    urlVariable: 'REDIS_URL',
    found,
    ownVariables: { TEST_REDIS_SERVER: found.kind === 'found' ? found.server : '' },
    ask: askRedis,
    start: startRedis,
  });
}

/** The run's Postgres: the one at `DATABASE_URL`, else one that is started for it. */
export async function openRunPostgres(environment: Environment): Promise<RunStore> {
  const found = await findPostgres();
  return openRunStore(environment.DATABASE_URL, {
    name: 'Postgres',
    urlVariable: 'DATABASE_URL',
    found,
    ownVariables: { TEST_POSTGRES_PROGRAMS: found.kind === 'found' ? found.programs : '' },
    ask: askPostgres,
    start: startPostgres,
  });
}

interface StoreKind {
  readonly name: string;
  readonly urlVariable: string;
  readonly found: MissingStore | { readonly kind: 'found'; readonly version: string; readonly how: string };
  /** Tells suites whether they can start servers of their own; empty values where they cannot. */
  readonly ownVariables: Readonly<Record<string, string>>;
  readonly ask: (url: string) => Promise<void>;
  readonly start: () => Promise<{ readonly url: string; stop(): Promise<void> }>;
}

async function openRunStore(givenUrl: string | undefined, store: StoreKind): Promise<RunStore> {
  const { name, urlVariable, found, ownVariables, ask, start } = store;
  const missing = found.kind === 'missing';
  const nothingToStop = async (): Promise<void> => undefined;
  if (givenUrl) {
    await ask(givenUrl).catch((error: unknown) => {
      throw new Error(`${urlVariable}: no ${name} answers there (${error instanceof Error ? error.message : error})`);
    });
    const says = `${name} at ${urlVariable}${missing ? `, but suites that kill one are skipped: ${found.advice}` : ''}`;
    return { says, missing, variables: { ...ownVariables, [`TEST_${urlVariable}`]: givenUrl }, stop: nothingToStop };
  }
  if (missing) {
    const says = `no ${name}, so suites that need it are skipped: ${found.advice}`;
    return { says, missing, variables: { ...ownVariables, [`TEST_${urlVariable}`]: '' }, stop: nothingToStop };
  }
  const { url, stop } = await start();
  const says = `${found.version} (${found.how})`;
  return { says, missing, variables: { ...ownVariables, [`TEST_${urlVariable}`]: url }, stop };
}
