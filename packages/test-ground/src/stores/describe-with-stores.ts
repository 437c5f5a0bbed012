import { runStoreUrl } from './run-store-url.ts';
import { doorVariables, type StoreName } from './store-door.ts';

/**
 * Suites that need a real store. Without one they are skipped, and with `CI=true` they fail: a run that proves less
 * than it says is worse than a red one.
 *
 * Whether there is one is known from the environment, which the run's global set-up has filled before any suite is
 * loaded. The server is started by the first suite that runs with it.
 */

// Jest's globals and not its import: this package's door is also opened outside jest, where that import throws.
declare const describe: typeof import('@jest/globals').describe;
declare const it: typeof import('@jest/globals').it;
declare const beforeAll: typeof import('@jest/globals').beforeAll;

/**
 * Milliseconds for a store to start on a busy machine, so that the suite's own first step finds it running. A later
 * start fails the suite.
 */
const openDeadlineMs = 130_000;

/** A suite in the run's Redis, which other suites use at the same time: each suite chooses its own keys. */
export function describeWithRedis(name: string, body: (redisUrl: () => string) => void): void {
  describeWithStore('redis', `${name} (Redis)`, body);
}

/** A suite in the run's Postgres; `createTestDatabase` gives it a database of its own. */
export function describeWithPostgres(name: string, body: (databaseUrl: () => string) => void): void {
  describeWithStore('postgres', `${name} (Postgres)`, body);
}

/** A suite that starts its own Redis servers (`startRedis`), to freeze or kill them. */
export function describeWithOwnRedis(name: string, body: () => void): void {
  describeWith('TEST_REDIS_SERVER', `${name} (Redis)`, body);
}

/** A suite that starts its own Postgres servers (`startPostgres`), to freeze or kill them. */
export function describeWithOwnPostgres(name: string, body: () => void): void {
  describeWith('TEST_POSTGRES_PROGRAMS', `${name} (Postgres)`, body);
}

function describeWithStore(store: StoreName, name: string, body: (url: () => string) => void): void {
  describeWith(doorVariables[store], name, () => {
    let url: string | undefined;
    beforeAll(async () => {
      url = await runStoreUrl(store);
    }, openDeadlineMs);
    body(() => {
      if (url === undefined)
        throw new Error(`The run's ${store} is known in hooks and tests, not while suites are read`);
      return url;
    });
  });
}

function describeWith(variable: string, name: string, body: () => void): void {
  const isSet = Boolean(process.env[variable]);
  if (isSet) describe(name, body);
  else if (process.env.CI === 'true')
    describe(name, () =>
      it('has its store', () => {
        throw new Error(`${variable} is not set: this run has no such store`);
      }),
    );
  else describe.skip(name, body);
}
