import { createLogger, readEnvironment, runCommand } from '@engagetrack/service-chassis';
import { openPostgres } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { reachableOrExplain } from '../db/reachable.ts';
import { databaseEnvironment } from '../environment.ts';

/** `npm run migrate`: brings the database of DATABASE_URL up to date; running it again changes nothing. */
await runCommand(async () => {
  const { DATABASE_URL } = readEnvironment(databaseEnvironment, process.env);
  const databases = openPostgres(DATABASE_URL, createLogger({ service: 'migrate', level: 'warn' }));
  try {
    const applied = await reachableOrExplain(() => migrate(databases.main));
    console.log(applied.length === 0 ? 'The database is up to date' : `Applied: ${applied.join(', ')}`);
  } finally {
    await databases.close();
  }
});
