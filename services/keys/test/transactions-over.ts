import { waitFor } from '@engagetrack/test-ground/stores';
import { sql } from 'kysely';
import type { KeysDatabases } from '../src/index.ts';

const deadlineMs = 30_000;

/**
 * Waits until no open transaction is older than the youngest change in the outbox. A snapshot shows such changes again,
 * and another test in another database of the same server may hold the transaction open.
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
