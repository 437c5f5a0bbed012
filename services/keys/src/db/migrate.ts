import { StartupError } from '@engagetrack/service-chassis';
import { type Migration, Migrator } from 'kysely/migration';
import type { KeysDatabase } from './database.ts';
import { accountsAndApiKeys } from './migrations/0001-accounts-and-api-keys.ts';
import { witnessLedger } from './migrations/0002-witness-ledger.ts';
import { usage } from './migrations/0003-usage.ts';

/**
 * The migrator applies each once, in the order of their names and under its lock, so any number of processes may try.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-accounts-and-api-keys': accountsAndApiKeys,
  '0002-witness-ledger': witnessLedger,
  '0003-usage': usage,
};

/** Brings the schema up to date. @returns the names of the migrations that this call applied. */
export async function migrate(database: KeysDatabase): Promise<readonly string[]> {
  const { error, results = [] } = await migratorFor(database).migrateToLatest();
  if (error !== undefined) throw error;
  return results.map(({ migrationName }) => migrationName);
}

/** @throws StartupError when a migration is missing: a service never changes the schema by itself. */
export async function requireMigrated(database: KeysDatabase): Promise<void> {
  const all = await migratorFor(database).getMigrations();
  const missing = all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
  if (missing.length > 0)
    throw new StartupError(
      `DATABASE_URL: the database is not migrated (missing: ${missing.join(', ')}); run "npm run migrate" with the same DATABASE_URL first`,
    );
}

function migratorFor(database: KeysDatabase): Migrator {
  return new Migrator({ db: database, provider: { getMigrations: async () => ({ ...migrations }) } });
}
