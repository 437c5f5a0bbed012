import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the acknowledgement of a revocation rests on: docs/revocation.md. */
export const witnessLedger: Migration = {
  up: async (database: Kysely<unknown>) => {
    // Which transaction a change was made in: what a snapshot may not have seen is told by it, and by nothing else,
    // because neither ids nor times are given out in the order of commits.
    await sql`ALTER TABLE outbox ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()`.execute(database);
    await sql`CREATE INDEX outbox_by_xid ON outbox (xid)`.execute(database);
    await sql`
      CREATE TABLE witness_ledger (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        instance text NOT NULL,
        generation text,
        database_run text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        finished_snapshot_at timestamptz
      )`.execute(database);
    await sql`CREATE INDEX witness_ledger_by_time ON witness_ledger (started_at)`.execute(database);
    await sql`CREATE INDEX witness_ledger_by_instance ON witness_ledger (instance, id DESC)`.execute(database);
  },
};
