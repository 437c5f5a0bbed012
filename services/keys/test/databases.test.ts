import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { createLogger } from '@engagetrack/service-chassis';
import { createTestDatabase, describeWithPostgres, waitFor } from '@engagetrack/system-test/stores';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { migrate, openPGlite, openPostgres, requireMigrated } from '../src/index.ts';
import { type DatabaseKind, startKeys, usualDatabase } from './harness.ts';

const kinds: readonly DatabaseKind[] = usualDatabase === 'Postgres' ? ['Postgres', 'PGlite'] : ['PGlite'];

describe.each(kinds)('on %s', (kind) => {
  it('a key lives from its creation to its revocation', async () => {
    const keys = await startKeys(kind);
    try {
      await keys.addUser('owner@example.test');
      await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
      const authorization = await keys.logIn('owner@example.test');
      const base = '/api/v1/organizations/org_a/api-keys';
      const wish = { name: 'x', scopes: ['sites:read', 'goals:write'], expires_at: '2040-01-01T00:00:00.123Z' };
      const created = await keys.api().post(base).set('authorization', authorization).send(wish);
      expect(created.status).toBe(201);
      const key = parseApiKey(created.body.key);
      if (key === undefined) throw new Error('no key');
      const list = await keys.api().get(`${base}?limit=1`).set('authorization', authorization);
      expect(list.body.data).toMatchObject([{ id: created.body.id, expires_at: '2040-01-01T00:00:00.123Z' }]);
      expect((await keys.introspect(hashApiKey(key))).body).toMatchObject({
        active: true,
        key: { scopes: ['sites:read', 'goals:write'] },
      });
      expect((await keys.api().delete(`${base}/${created.body.id}`).set('authorization', authorization)).status).toBe(
        204,
      );
      expect((await keys.introspect(hashApiKey(key))).body).toEqual({ active: false });
      expect(await keys.readiness()).toBeUndefined();
      await requireMigrated(keys.databases.main);
      expect(await migrate(keys.databases.main)).toEqual([]);
    } finally {
      await keys.stop();
    }
  });
});

describe('the embedded database', () => {
  it('keeps its data, is refused to a second opener, and survives the lock of a dead process', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'engagetrack-data-'));
    try {
      const dataFolder = join(folder, 'not', 'yet', 'there');
      const first = await openPGlite(dataFolder);
      await expect(requireMigrated(first.main)).rejects.toThrow('npm run migrate');
      await migrate(first.main);
      writeFileSync(join(folder, 'busy'), '');
      await expect(openPGlite(dataFolder)).rejects.toThrow(
        /^DATA_DIR: .* is in use by the running process \d+; stop it/,
      );
      await first.close();
      writeFileSync(join(dataFolder, 'lock'), '999999999 1');
      const again = await openPGlite(dataFolder);
      await requireMigrated(again.main);
      await again.close();
      await expect(openPGlite(join(folder, 'busy'))).rejects.toThrow('DATA_DIR: cannot create the folder');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describeWithPostgres('a connection that breaks in the middle of a transaction', () => {
  it('ends the transaction, and neither the process nor the pool', async () => {
    const { url, drop } = await createTestDatabase();
    const databases = openPostgres(url, createLogger({ service: 'keys', level: 'silent' }));
    try {
      const broken = databases.main.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(transaction);
        await sql`SELECT pg_terminate_backend(${rows[0]?.pid})`.execute(databases.introspection);
        // Nothing is asked on it while it breaks: there is no question that could be told.
        await waitFor(
          async () => {
            const left = await sql`SELECT 1 FROM pg_stat_activity WHERE pid = ${rows[0]?.pid}`.execute(
              databases.introspection,
            );
            return left.rows.length === 0;
          },
          { deadlineMs: 10_000, what: 'the end of the connection' },
        );
        await sql`SELECT 1`.execute(transaction);
      });
      await expect(broken).rejects.toThrow();
      expect((await sql<{ one: number }>`SELECT 1 AS one`.execute(databases.main)).rows).toEqual([{ one: 1 }]);
    } finally {
      await databases.close();
      await drop();
    }
  });
});
