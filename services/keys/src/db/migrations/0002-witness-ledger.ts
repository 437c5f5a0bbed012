import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The columns and the table that the acknowledgement of a revocation needs: docs/revocation.md. */
export const witnessLedger: Migration = {
  up: async (database: Kysely<unknown>) => {
    // The transaction that made the change. Only it tells whether a snapshot may have missed the change: neither ids
    // nor times are in the order of commits.
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
