import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findFreePort } from '../src/stores/free-port.ts';
import { describeWithPostgres, describeWithRedis } from '../src/stores/index.ts';
import { findRunPostgres, findRunRedis } from '../src/stores/run-stores.ts';

const workspaceRoot = resolve(import.meta.dirname, '../../..');
const runDeadlineMs = 60_000;

describeWithRedis("a run's Redis", (redisUrl) => {
  it('is the one at REDIS_URL when that is set, and is not started', async () => {
    const store = await findRunRedis({ REDIS_URL: redisUrl() });
    expect(store.says).toMatch(/^Redis at REDIS_URL/);
    expect(await store.open()).toBe(redisUrl());
  });

  it('is refused with the reason when nothing answers at REDIS_URL', async () => {
    const url = `redis://127.0.0.1:${await findFreePort()}`;
    await expect(findRunRedis({ REDIS_URL: url })).rejects.toThrow(
      /^REDIS_URL: no Redis answers there \(.*ECONNREFUSED/,
    );
  });
});

describeWithPostgres("a run's Postgres", (databaseUrl) => {
  it('is the one at DATABASE_URL when that is set, and is not started', async () => {
    const store = await findRunPostgres({ DATABASE_URL: databaseUrl() });
    expect(store.says).toMatch(/^Postgres at DATABASE_URL/);
    expect(await store.open()).toBe(databaseUrl());
  });

  it('is refused with the reason when nothing answers at DATABASE_URL', async () => {
    const url = `postgres://postgres@127.0.0.1:${await findFreePort()}/postgres`;
    await expect(findRunPostgres({ DATABASE_URL: url })).rejects.toThrow(
      /^DATABASE_URL: no Postgres answers there \(.*ECONNREFUSED/,
    );
  });
});

describe('a run without a Redis', () => {
  const missing = { TEST_REDIS_SERVER: join(workspaceRoot, 'package.json') };

  it(
    'skips the suites that need one, says what to set, and counts them',
    async () => {
      const run = await runJest({ ...missing, CI: '' });
      expect(run.code).toBe(0);
      expect(run.errorOutput).toMatch(/^stores: no Redis, so suites that need it are skipped: set TEST_REDIS_SERVER/m);
      expect(run.output.trimEnd().split('\n')).toEqual([
        'packages/test-ground  1 passed, 0 failed, 1 skipped',
        'by store: Redis 0 passed, 0 failed, 1 skipped; no store 1 passed, 0 failed',
        '1 passed, 0 failed, 1 skipped',
      ]);
    },
    runDeadlineMs,
  );

  it(
    'fails with CI=true',
    async () => {
      const run = await runJest({ ...missing, CI: 'true' });
      expect(run.code).toBe(1);
      expect(run.errorOutput).toContain('With CI=true no suite may be skipped');
    },
    runDeadlineMs,
  );
});

/** The workspace's jest on `needs-redis.ts` alone, with the run's stores found anew in this environment. */
async function runJest(environment: Readonly<Record<string, string>>) {
  const stores = join(import.meta.dirname, '../src/stores');
  const config = {
    rootDir: workspaceRoot,
    testMatch: ['**/needs-redis.ts'],
    globalSetup: join(stores, 'jest-global-setup.ts'),
    globalTeardown: join(stores, 'jest-global-teardown.ts'),
    transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
    extensionsToTreatAsEsm: ['.ts'],
    testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
    reporters: ['default', join(import.meta.dirname, '../reporters/counts.mjs')],
  };
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    join(workspaceRoot, 'node_modules/jest/bin/jest.js'),
    `--config=${JSON.stringify(config)}`,
  ];
  const env = { ...process.env, REDIS_URL: '', DATABASE_URL: '', TEST_COUNTS_FILE: '', ...environment };
  return new Promise<{ code: unknown; output: string; errorOutput: string }>((done) => {
    execFile(
      process.execPath,
      args,
      { cwd: workspaceRoot, env, timeout: runDeadlineMs },
      (error, output, errorOutput) =>
        done({ code: error === null ? 0 : error.code, output: output.trimStart(), errorOutput }),
    );
  });
}
