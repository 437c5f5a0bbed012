import { waitFor } from '@engagetrack/test-ground/stores';
import { sql } from 'kysely';
import type { KeysDatabases } from '../src/index.ts';

const deadlineMs = 30_000;

/**
 * Waits until no transaction is open that is older than the youngest change in the outbox. A snapshot shows such changes
 * again, and the transactions that hold it back may be another test's, in another database of the same server.
 */
export async function transactionsOver({ main }: KeysDatabases): Promise<void> {
  await waitFor(
    async () => {
      const { rows } = await sql<{ over: boolean }>`
        SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid) AS over FROM outbox`.execute(main);
      return rows[0]?.over === true;
    },
    { deadlineMs, what: 'older transactions to be over' },
  );
}
