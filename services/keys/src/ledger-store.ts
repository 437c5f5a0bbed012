import { type Generation, type Mark, markerRetentionMs } from '@engagetrack/admission-store';
import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';
import { type RawBuilder, sql } from 'kysely';
import type { KeysDatabases } from './db/database.ts';
import { ledgerWindowMs, slowPathMs } from './lease.ts';

/** The changes that gateways must see, as the authority knew them at one moment. */
export interface Snapshot {
  /** The database's clock before the snapshot, as the database writes it. */
  readonly startedAt: string;
  readonly cursor: SnapshotCursor;
  readonly marks: readonly Mark[];
  /** Milliseconds. The age of the oldest mark; undefined without marks. */
  readonly oldestMarkAgeMs: number | undefined;
}

/** The position from which a later snapshot may go on. */
export interface SnapshotCursor {
  /** Every earlier transaction was in the snapshot, or never will be in one. */
  readonly beforeXid: string;
  /**
   * The run of the database that gave out this number: another run may have lost transactions and gives out their
   * numbers again.
   */
  readonly databaseRun: string;
}

export interface LedgerRow {
  readonly instance: string;
  /** Undefined for a cycle that could not reach the marker store. */
  readonly generation: Generation | undefined;
  readonly finishedSnapshotAt: string | undefined;
}

export interface Renewals {
  /** Whether, within the window, only this generation was renewed, and only by this run of the database. */
  onlyGenerationIs(generation: Generation): boolean;
  /**
   * As `comparable` writes it. Every instance has moved on from a change that was committed before this instant: none
   * can extend a witness any more from a snapshot that began before the change.
   */
  readonly allMovedOnBefore: string;
}

/** The ledger of renewals in the authority: every key service instance reads there what the others do. */
export interface LedgerStore {
  /** Resolves once the row is committed. */
  addRow(row: LedgerRow): Promise<void>;
  /** Adds the last row of an instance, which never renews again. */
  leave(instance: string): Promise<void>;
  /**
   * Takes a snapshot in a transaction of its own.
   * @param since leaves out the changes that this earlier snapshot saw; without it the snapshot has all that are kept.
   */
  takeSnapshot(since?: SnapshotCursor): Promise<Snapshot>;
  /**
   * The database's clock, as `comparable` writes it.
   * @param by whether over the connections of requests or of the renewer.
   */
  readClock(by: 'main' | 'renewal'): Promise<string>;
  /** Sums up all renewals within the window in one statement. */
  readRenewals(): Promise<Renewals>;
  /** Removes rows that no decision needs any more. */
  prune(): Promise<void>;
  /** Forgets all renewals. Only for a marker store that ended with its process, and before any renewal. */
  forget(): Promise<void>;
}

const prunedAfterWindows = 10;
/**
 * Milliseconds. The outbox drops older changes. It keeps them longer than a marker lives, so that a reload can write
 * every marker that may still matter.
 */
const outboxRetentionMs = markerRetentionMs + 60 * 60 * 1000;

/**
 * Stays the same as long as a database cannot have lost anything: its timeline, which a promoted standby changes (the
 * first eight digits of a WAL file's name; PostgreSQL manual, section 26.3.6), and the start of its server.
 */
const databaseRun = sql<string>`
  substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) || '/' || extract(epoch FROM pg_postmaster_start_time())::text`;
const endOfTime = 'infinity';
const fromTheBeginning: SnapshotCursor = { beforeXid: '0', databaseRun: '' };

export function createLedgerStore(databases: KeysDatabases): LedgerStore {
  const { main, renewal } = databases;

  const addRow = async ({ instance, generation, finishedSnapshotAt }: LedgerRow): Promise<void> => {
    await renewal
      .insertInto('witness_ledger')
      .values({
        instance,
        generation: generation ?? null,
        database_run: databaseRun,
        finished_snapshot_at: finishedSnapshotAt === undefined ? null : sql<Date>`${finishedSnapshotAt}::timestamptz`,
      })
      .execute();
  };

  return {
    addRow,
    leave: (instance) => addRow({ instance, generation: undefined, finishedSnapshotAt: endOfTime }),
    takeSnapshot: async (since = fromTheBeginning) => {
      // One statement is one snapshot. `now()` is the start of its transaction, and so before the snapshot.
      const { rows } = await sql<SnapshotRow>`
        SELECT now()::text AS started_at, pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
               ${databaseRun} AS database_run,
               max(now() - created_at)::text IS NOT NULL AS any,
               (extract(epoch FROM max(now() - created_at)) * 1000)::float8 AS oldest_ms,
               coalesce(json_agg(json_build_array(key_id, organization_id, epoch)), '[]')::text AS marks
        FROM outbox
        WHERE xid >= (SELECT CASE ${databaseRun} WHEN ${since.databaseRun} THEN ${since.beforeXid} ELSE '0' END)::xid8
          AND created_at > now() - ${outboxRetentionMs} * interval '1 millisecond'
      `.execute(renewal);
      const [row] = rows;
      if (row === undefined) throw new Error('A snapshot has exactly one row');
      return {
        startedAt: row.started_at,
        cursor: { beforeXid: row.xmin, databaseRun: row.database_run },
        marks: row.any ? parseMarks(row.marks) : [],
        oldestMarkAgeMs: row.oldest_ms ?? undefined,
      };
    },
    readClock: async (by) => {
      const now = comparable(sql`clock_timestamp()`);
      const { rows } = await sql<{ at: string }>`SELECT ${now} AS at`.execute(databases[by]);
      return rows[0]?.at ?? '';
    },
    readRenewals: async () => {
      // An instance has moved on when a finished snapshot began after the commit and its renewals before that row are
      // over by now, or when it has been silent for longer than any right to renew lasts. `now()`, the start of this
      // transaction, is earlier than the clock, so no renewal counts as over too soon; and it can use an index.
      const { rows } = await sql<RenewalsRow>`
        SELECT generations, by_other_run, all_moved_on_before
        FROM (
          SELECT coalesce(json_agg(DISTINCT generation), '[]')::text AS generations,
                 coalesce(bool_or(database_run <> (SELECT ${databaseRun})), false) AS by_other_run
          FROM witness_ledger
          WHERE started_at > now() - ${ledgerWindowMs} * interval '1 millisecond'
            AND generation IS NOT NULL
        ) AS renewed, (
          SELECT CASE WHEN bool_or(moved_on_before IS NULL) THEN '-infinity'
                      WHEN count(*) = 0 OR min(moved_on_before) = 'infinity' THEN 'infinity'
                      ELSE ${comparable(sql`min(moved_on_before)`)} END AS all_moved_on_before
          FROM (
            SELECT max(finished_snapshot_at) FILTER (
                     WHERE started_at < now() - ${slowPathMs} * interval '1 millisecond'
                   ) AS moved_on_before
            FROM witness_ledger
            WHERE started_at > now() - ${ledgerWindowMs} * interval '1 millisecond'
            GROUP BY instance
          ) AS instances
        ) AS moved_on
      `.execute(main);
      const [row] = rows;
      if (row === undefined) throw new Error('A look at the renewals has exactly one row');
      const generations: readonly string[] = JSON.parse(row.generations);
      return {
        onlyGenerationIs: (generation) => !row.by_other_run && generations.every((each) => each === generation),
        allMovedOnBefore: row.all_moved_on_before,
      };
    },
    prune: async () => {
      const longAgo = sql<Date>`clock_timestamp() - ${prunedAfterWindows * ledgerWindowMs} * interval '1 millisecond'`;
      await renewal.deleteFrom('witness_ledger').where('started_at', '<', longAgo).execute();
      await renewal
        .deleteFrom('outbox')
        .where('created_at', '<', sql<Date>`now() - ${outboxRetentionMs} * interval '1 millisecond'`)
        .execute();
    },
    forget: async () => {
      await renewal.deleteFrom('witness_ledger').execute();
    },
  };
}

interface SnapshotRow {
  readonly started_at: string;
  readonly xmin: string;
  readonly database_run: string;
  readonly any: boolean;
  readonly oldest_ms: number | null;
  readonly marks: string;
}

interface RenewalsRow {
  readonly generations: string;
  readonly by_other_run: boolean;
  readonly all_moved_on_before: string;
}

/** A text that the database reads as an instant and that sorts as one; `infinity` sorts last. */
function comparable(instant: RawBuilder<unknown>): RawBuilder<string> {
  return sql`to_char(${instant} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}

/** This service wrote the rows, so their shape is not checked. */
function parseMarks(json: string): readonly Mark[] {
  const rows: readonly (readonly [ApiKeyId | null, OrganizationId, number | null])[] = JSON.parse(json);
  return rows.map(([keyId, organizationId, epoch]) =>
    keyId !== null
      ? { kind: 'key_revoked', keyId }
      : { kind: 'organization_changed', organizationId, epoch: epoch ?? 0 },
  );
}
