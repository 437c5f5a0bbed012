import { waitFor } from '@engagetrack/test-ground/stores';
import { sql } from 'kysely';
import type { KeysDatabases } from '../src/index.ts';

/** Waits for the first connection of each pool, which on a busy machine may take longer than a pool's deadline. */
export async function reachable({ main, introspection, renewal, usage }: KeysDatabases): Promise<void> {
  for (const database of [main, introspection, renewal, usage])
    await waitFor(async () => (await sql`SELECT 1`.execute(database)).rows.length === 1, {
      deadlineMs: 20_000,
      what: 'a connection to Postgres',
    });
}
