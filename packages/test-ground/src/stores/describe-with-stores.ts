/**
 * Suites that need a real store. Without one they are skipped, and with `CI=true` they fail: a run that proves less
 * than it says is worse than a red one.
 *
 * What is there is known from the environment, which the run's global set-up has filled before any suite is loaded.
 */

// Jest's globals and not its import: this package's door is also opened outside jest, where that import throws.
declare const describe: typeof import('@jest/globals').describe;
declare const it: typeof import('@jest/globals').it;

/** A suite in the run's Redis, which other suites use at the same time: choose keys of your own. */
export function describeWithRedis(name: string, body: (redisUrl: () => string) => void): void {
  describeWith('TEST_REDIS_URL', `${name} (Redis)`, body);
}

/** A suite in the run's Postgres; `createTestDatabase` gives it a database of its own. */
export function describeWithPostgres(name: string, body: (databaseUrl: () => string) => void): void {
  describeWith('TEST_DATABASE_URL', `${name} (Postgres)`, body);
}

/** A suite that starts Redis servers of its own (`startRedis`), to freeze or kill them. */
export function describeWithOwnRedis(name: string, body: () => void): void {
  describeWith('TEST_REDIS_SERVER', `${name} (Redis)`, body);
}

/** A suite that starts Postgres servers of its own (`startPostgres`), to freeze or kill them. */
export function describeWithOwnPostgres(name: string, body: () => void): void {
  describeWith('TEST_POSTGRES_PROGRAMS', `${name} (Postgres)`, body);
}

function describeWith(variable: string, name: string, body: (value: () => string) => void): void {
  const value = process.env[variable] ?? '';
  const given = (): string => {
    if (value === '') throw new Error(`${variable} is not set: this run has no such store`);
    return value;
  };
  if (value !== '') describe(name, () => body(given));
  else if (process.env.CI === 'true') describe(name, () => it('has its store', () => void given()));
  else describe.skip(name, () => body(given));
}
