import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { createLogger } from '@engagetrack/service-chassis';
import { describeWithOwnPostgres, startPostgres, waitFor } from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy } from '@engagetrack/test-ground/wire';
import { describe, expect, it } from '@jest/globals';
import { sql } from 'kysely';
import { migrate, openPGlite, openPostgres, requireMigrated } from '../src/index.ts';
import { databaseKinds, startKeys } from './harness.ts';
import { reachable } from './reachable.ts';

describe.each(databaseKinds)('on %s', (kind) => {
  it('a key lives from its creation to its revocation', async () => {
    const keys = await startKeys(kind);
    try {
      await keys.addUser('owner@example.test');
      await keys.addOrganization('org_a', 'startup', { 'owner@example.test': 'owner' });
      const authorization = await keys.logIn('owner@example.test');
      const base = '/api/v1/organizations/org_a/api-keys';
      const options = { name: 'x', scopes: ['sites:read', 'goals:write'], expires_at: '2040-01-01T00:00:00.123Z' };
      const created = await keys.api().post(base).set('authorization', authorization).send(options);
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

describeWithOwnPostgres('a database whose server is killed', () => {
  it('fails the work in progress, between two statements too, and is back with the server', async () => {
    const postgres = await startPostgres();
    const databases = openPostgres(postgres.url, createLogger({ service: 'keys', level: 'silent' }));
    try {
      await migrate(databases.main);
      const begun = Promise.withResolvers<void>();
      const killed = Promise.withResolvers<void>();
      const betweenStatements = databases.main.transaction().execute(async (transaction) => {
        await sql`SELECT 1`.execute(transaction);
        begun.resolve();
        await killed.promise;
        await sql`SELECT 1`.execute(transaction);
      });
      const inStatement = sql`SELECT pg_sleep(60)`.execute(databases.introspection);
      const outcomes = Promise.allSettled([betweenStatements, inStatement]);
      await begun.promise;
      await postgres.kill();
      killed.resolve();
      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      await postgres.restart();
      await reachable(databases);
    } finally {
      await databases.close();
      await postgres.stop();
    }
  });
});

describeWithOwnPostgres('a database to which connecting takes longer than a query may wait', () => {
  it('is connected to a few times, and each connection is kept for the next query', async () => {
    const postgres = await startPostgres();
    const link = await startTcpFaultProxy(Number(new URL(postgres.url).port), Math.random);
    const databases = openPostgres(link.through(postgres.url), createLogger({ service: 'keys', level: 'silent' }));
    const ask = () => sql`SELECT 1`.execute(databases.introspection);
    const askMany = () => Promise.allSettled(Array.from({ length: 50 }, ask));
    try {
      // A query may wait for 180 ms, a connection takes 800 at least.
      link.inject({ kind: 'latency', delayMs: 400 });
      expect((await askMany()).every(({ status }) => status === 'rejected')).toBe(true);
      const opened = link.serverSidePorts();
      expect(opened.length).toBeLessThanOrEqual(10);
      // None of them is given up, and there is no further one.
      await askMany();
      expect(link.serverSidePorts()).toEqual(opened);
      link.heal();
      await waitFor(ask, { deadlineMs: 20_000, what: 'the first answer' });
      expect(link.serverSidePorts()).toEqual(opened);
    } finally {
      await databases.close();
      await link.stop();
      await postgres.stop();
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
