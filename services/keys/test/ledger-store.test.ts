import { type Generation, newGeneration } from '@engagetrack/admission-store';
import { type ApiKeyId, apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { createLogger } from '@engagetrack/service-chassis';
import {
  createTestDatabase,
  describeWithOwnPostgres,
  describeWithPostgres,
  startPostgres,
  type TestDatabase,
  waitFor,
} from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../src/db/schema.ts';
import { createLedgerStore, type KeysDatabases, migrate, openPostgres } from '../src/index.ts';
import { ledgerWindowMs, outageExtensionMs, slowPathMs } from '../src/lease.ts';
import type { LedgerStore } from '../src/ledger-store.ts';
import { transactionsOver } from './transactions-over.ts';

const organizationId = organizationIdSchema.parse('org_a');
const hourMs = 60 * 60 * 1000;
/** Milliseconds. Two statements of a test must not take longer. */
const marginMs = 1_500;
const log = createLogger({ service: 'keys', level: 'silent' });

describeWithPostgres('the ledger', () => {
  let database: TestDatabase;
  let databases: KeysDatabases;
  let ledger: LedgerStore;
  beforeAll(async () => {
    database = await createTestDatabase();
    databases = openPostgres(database.url, log);
    ledger = createLedgerStore(databases);
    await migrate(databases.main);
  });
  afterEach(async () => {
    await ledger.forget();
    await databases.main.deleteFrom('outbox').execute();
  });
  afterAll(async () => {
    await databases.close();
    await database.drop();
  });

  const note = (by: KeysDatabases['main'] | Transaction<Schema>, keyId: ApiKeyId) =>
    by.insertInto('outbox').values({ organization_id: organizationId, key_id: keyId, epoch: null }).execute();
  /** Makes rows look older, because a test cannot move the database's clock. */
  const age = async (ms: number) => {
    const earlier = sql`${ms} * interval '1 millisecond'`;
    await sql`UPDATE witness_ledger SET started_at = started_at - ${earlier}`.execute(databases.main);
    await sql`UPDATE outbox SET created_at = created_at - ${earlier}`.execute(databases.main);
  };
  const isAlone = async (generation: Generation) => (await ledger.readRenewals()).onlyGenerationIs(generation);
  const haveAllMovedOn = async (committedAt: string) => committedAt < (await ledger.readRenewals()).allMovedOnBefore;
  const rows = () => databases.main.selectFrom('witness_ledger').select(['instance', 'generation']).execute();

  describe('a snapshot', () => {
    const markedKeys = async (since?: Parameters<LedgerStore['takeSnapshot']>[0]) => {
      const { marks, cursor } = await ledger.takeSnapshot(since);
      return { keys: marks.flatMap((mark) => (mark.kind === 'key_revoked' ? [mark.keyId] : [])), cursor };
    };

    it('has every change, its start before it, and how long the oldest one has waited', async () => {
      expect(await ledger.takeSnapshot()).toMatchObject({ marks: [], oldestMarkAgeMs: undefined });
      await note(databases.main, keyOf(1));
      await age(hourMs);
      await databases.main
        .insertInto('outbox')
        .values({ organization_id: organizationId, key_id: null, epoch: 7 })
        .execute();
      const before = await ledger.readClock('main');
      const { marks, startedAt, oldestMarkAgeMs } = await ledger.takeSnapshot();
      expect(marks).toEqual([
        { kind: 'key_revoked', keyId: keyOf(1) },
        { kind: 'organization_changed', organizationId, epoch: 7 },
      ]);
      expect(await isBefore(before, startedAt)).toBe(true);
      expect(await isBefore(startedAt, await ledger.readClock('renewal'))).toBe(true);
      expect(oldestMarkAgeMs).toBeGreaterThanOrEqual(hourMs);
      expect(oldestMarkAgeMs).toBeLessThan(hourMs + marginMs);
    });

    it('leaves out changes that the one before has seen', async () => {
      await note(databases.main, keyOf(1));
      await transactionsOver(databases);
      const { cursor } = await markedKeys();
      await note(databases.main, keyOf(2));
      await transactionsOver(databases);
      const second = await markedKeys(cursor);
      expect(second.keys).toEqual([keyOf(2)]);
      expect((await markedKeys(second.cursor)).keys).toEqual([]);
      expect((await markedKeys()).keys).toEqual([keyOf(1), keyOf(2)]);
    });

    it('has the change of a transaction that was open during the one before, with others in between', async () => {
      const begun = Promise.withResolvers<void>();
      const mayCommit = Promise.withResolvers<void>();
      const slow = databases.main.transaction().execute(async (transaction) => {
        await note(transaction, keyOf(1));
        begun.resolve();
        await mayCommit.promise;
      });
      await begun.promise;
      // This one began later and is committed earlier: neither ids nor times are in the order of commits.
      await note(databases.main, keyOf(2));
      const first = await markedKeys();
      expect(first.keys).toEqual([keyOf(2)]);
      mayCommit.resolve();
      await slow;
      expect((await markedKeys(first.cursor)).keys).toContain(keyOf(1));
    });

    it('never has a change that was rolled back', async () => {
      const { cursor } = await markedKeys();
      const rolledBack = databases.main.transaction().execute(async (transaction) => {
        await note(transaction, keyOf(1));
        throw new Error('rolled back');
      });
      await expect(rolledBack).rejects.toThrow('rolled back');
      expect((await markedKeys(cursor)).keys).toEqual([]);
    });

    it('has everything again when the database was restarted: it may count transactions anew', async () => {
      await note(databases.main, keyOf(1));
      const { cursor } = await markedKeys();
      expect((await markedKeys({ ...cursor, databaseRun: '00000001/0' })).keys).toEqual([keyOf(1)]);
    });

    it('leaves out changes that are older than any gateway’s knowledge', async () => {
      await note(databases.main, keyOf(1));
      await age(24 * hourMs + marginMs);
      expect((await markedKeys()).keys).toEqual([keyOf(1)]);
      await age(hourMs);
      expect((await markedKeys()).keys).toEqual([]);
    });
  });

  describe('the fast path', () => {
    const [own, other] = [newGeneration(), newGeneration()];
    const renewed = (generation: Generation | undefined, instance = 'a') =>
      ledger.addRow({ instance, generation, finishedSnapshotAt: undefined });

    it('is open while only one generation is renewed, and after a cycle that reached no store', async () => {
      expect(await isAlone(own)).toBe(true);
      for (const instance of ['a', 'b', 'c']) await renewed(own, instance);
      await renewed(undefined, 'd');
      expect(await isAlone(own)).toBe(true);
    });

    it('is closed as long as a witness of another generation may live', async () => {
      await renewed(other);
      await renewed(own);
      expect(await isAlone(own)).toBe(false);
      await age(outageExtensionMs);
      expect(await isAlone(own)).toBe(false);
      await age(ledgerWindowMs - outageExtensionMs + 1);
      expect(await isAlone(own)).toBe(true);
    });

    it('is closed after the database was started or promoted, for as long: rows may have been lost', async () => {
      await renewed(own);
      await databases.main.updateTable('witness_ledger').set({ database_run: '00000001/1700000000' }).execute();
      await renewed(own);
      expect(await isAlone(own)).toBe(false);
      await age(ledgerWindowMs + 1);
      expect(await isAlone(own)).toBe(true);
    });
  });

  describe('the slow path', () => {
    const cycle = (instance: string, finishedSnapshotAt?: string) =>
      ledger.addRow({ instance, generation: newGeneration(), finishedSnapshotAt });

    it('is over at once where no instance has renewed', async () => {
      expect(await haveAllMovedOn(await ledger.readClock('main'))).toBe(true);
    });

    it('is over a lease after the last instance wrote that it renews from newer snapshots only', async () => {
      const committedAt = await ledger.readClock('main');
      const { startedAt } = await ledger.takeSnapshot();
      await cycle('a', startedAt);
      await cycle('b', startedAt);
      expect(await haveAllMovedOn(committedAt)).toBe(false);
      await age(slowPathMs - marginMs);
      expect(await haveAllMovedOn(committedAt)).toBe(false);
      await age(marginMs);
      expect(await haveAllMovedOn(committedAt)).toBe(true);
    });

    it.each([
      ['has not finished a cycle yet', async () => undefined],
      ['has finished one that began before the commit', async () => (await ledger.takeSnapshot()).startedAt],
    ])('goes on while an instance %s, even if its rows are nearly as old as the window', async (_what, finished) => {
      await cycle('a', await finished());
      const committedAt = await ledger.readClock('main');
      await age(outageExtensionMs);
      expect(await haveAllMovedOn(committedAt)).toBe(false);
    });

    it('is over for an instance that has been silent for longer than any right to renew lasts', async () => {
      await cycle('a');
      await age(ledgerWindowMs + 1);
      expect(await haveAllMovedOn(await ledger.readClock('main'))).toBe(true);
    });

    it('waits again for an instance that comes back after a long silence: it may have stood still', async () => {
      await cycle('a');
      await age(11 * ledgerWindowMs);
      await ledger.prune();
      await cycle('a');
      expect(await haveAllMovedOn(await ledger.readClock('main'))).toBe(false);
    });

    it('is over a lease after an instance has left: its last renewed witness is over only then', async () => {
      await cycle('a');
      const committedAt = await ledger.readClock('main');
      await ledger.leave('a');
      expect(await haveAllMovedOn(committedAt)).toBe(false);
      await age(slowPathMs + 1);
      expect(await haveAllMovedOn(committedAt)).toBe(true);
    });

    it('counts no instance’s row for another', async () => {
      await cycle('a');
      const committedAt = await ledger.readClock('main');
      await ledger.leave('b');
      await age(slowPathMs + 1);
      expect(await haveAllMovedOn(committedAt)).toBe(false);
    });
  });

  it('prunes rows that are ten windows old, and changes that are older than any gateway’s knowledge', async () => {
    await note(databases.main, keyOf(1));
    await ledger.addRow({ instance: 'old', generation: newGeneration(), finishedSnapshotAt: undefined });
    await age(10 * ledgerWindowMs - marginMs);
    await ledger.addRow({ instance: 'young', generation: newGeneration(), finishedSnapshotAt: undefined });
    await ledger.prune();
    expect((await rows()).map(({ instance }) => instance)).toEqual(['old', 'young']);
    await age(marginMs + 1);
    await ledger.prune();
    expect((await rows()).map(({ instance }) => instance)).toEqual(['young']);
    expect((await ledger.takeSnapshot()).marks).toHaveLength(1);
    await age(25 * hourMs);
    await ledger.prune();
    expect(await databases.main.selectFrom('outbox').select('id').execute()).toEqual([]);
  });

  const isBefore = async (first: string, second: string) => {
    const compared = await sql<{ before: boolean }>`
      SELECT ${first}::timestamptz <= ${second}::timestamptz AS before`.execute(databases.main);
    return compared.rows[0]?.before;
  };
});

describeWithOwnPostgres('the ledger of a database that is started anew', () => {
  it('has everything in the next snapshot, and no fast path for a while', async () => {
    const postgres = await startPostgres();
    const databases = openPostgres(postgres.url, log);
    try {
      await migrate(databases.main);
      const ledger = createLedgerStore(databases);
      const generation = newGeneration();
      await databases.main
        .insertInto('outbox')
        .values({ organization_id: organizationId, key_id: keyOf(1), epoch: null })
        .execute();
      // A busy machine may take longer to connect than a renewal waits.
      const once = <Answer>(ask: () => Promise<Answer>) => waitFor(ask, { deadlineMs: 10_000, what: 'the ledger' });
      await once(async () => {
        await ledger.addRow({ instance: 'a', generation, finishedSnapshotAt: undefined });
        return true;
      });
      const { cursor } = await once(() => ledger.takeSnapshot());
      expect((await ledger.takeSnapshot(cursor)).marks).toEqual([]);
      expect((await ledger.readRenewals()).onlyGenerationIs(generation)).toBe(true);
      await postgres.restart();
      expect((await once(() => ledger.takeSnapshot(cursor))).marks).toHaveLength(1);
      expect((await ledger.readRenewals()).onlyGenerationIs(generation)).toBe(false);
    } finally {
      await databases.close();
      await postgres.stop();
    }
  });
});

function keyOf(number: number): ApiKeyId {
  return apiKeyIdSchema.parse(`key_${number}`);
}
