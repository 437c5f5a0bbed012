import { randomBytes } from 'node:crypto';
import { withClient } from './ask.ts';
import { runStoreUrl } from './run-store-url.ts';

export interface TestDatabase {
  readonly url: string;
  /** Drops the database, even with open connections. */
  drop(): Promise<void>;
}

/**
 * Creates an empty database in the run's Postgres.
 * @param givenServerUrl a database whose user may create others; the run's by default.
 */
export async function createTestDatabase(givenServerUrl?: string): Promise<TestDatabase> {
  const serverUrl = givenServerUrl ?? (await runStoreUrl('postgres'));
  const name = `test_${randomBytes(8).toString('hex')}`;
  // A statement takes no parameter as a name; this name has only hexadecimal digits.
  await withClient(serverUrl, (client) => client.query(`create database ${name} template template0`));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await withClient(serverUrl, (client) => client.query(`drop database if exists ${name} with (force)`));
    },
  };
}
