import { waitFor } from '@engagetrack/test-ground/stores';
import { sql } from 'kysely';
import type { KeysDatabases } from '../src/index.ts';

/** A busy machine may need longer for the first connection than somebody in a hurry would wait. */
export async function reachable({ main, introspection, renewal, usage }: KeysDatabases): Promise<void> {
  for (const database of [main, introspection, renewal, usage])
    await waitFor(async () => (await sql`SELECT 1`.execute(database)).rows.length === 1, {
      deadlineMs: 20_000,
      what: 'a connection to Postgres',
    });
}
