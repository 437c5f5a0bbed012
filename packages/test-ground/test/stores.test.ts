import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import pg from 'pg';
import {
  createTestDatabase,
  describeWithOwnPostgres,
  describeWithOwnRedis,
  describeWithPostgres,
  type PostgresServer,
  type RedisServer,
  startPostgres,
  startRedis,
  waitFor,
} from '../src/stores/index.ts';

const answerDeadlineMs = 5_000;
const frozenDeadlineMs = 300;
const serverTestDeadlineMs = 30_000;

describeWithOwnRedis('a Redis server of a suite', () => {
  let redis: RedisServer;
  const clients: Redis[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  }, serverTestDeadlineMs);
  afterEach(() => {
    for (const client of clients.splice(0)) client.disconnect();
  });
  afterAll(() => redis.stop());

  const connect = (): Redis => {
    const client = new Redis(redis.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };

  it('refuses connections once killed, and comes back on its port, empty', async () => {
    const client = connect();
    await client.set('site', 'kept?');
    const [port, pid] = [redis.port, redis.pid];
    await redis.kill();
    expect(isRunning(pid)).toBe(false);
    await waitFor(() => client.status !== 'ready', { deadlineMs: answerDeadlineMs, what: 'a lost connection' });
    await redis.restart();
    expect(redis.port).toBe(port);
    expect(redis.pid).not.toBe(pid);
    expect(await client.get('site')).toBeNull();
  });

  it('keeps every acknowledged write over a kill when asked to', async () => {
    const client = connect();
    await client.set('site', 'kept');
    await redis.kill();
    await redis.restart({ keepData: true });
    expect(await client.get('site')).toBe('kept');
  });

  it('answers nothing while frozen, keeps the connection, and answers once thawed', async () => {
    const client = connect();
    await client.ping();
    await redis.freeze();
    const answer = client.ping();
    await expect(waitFor(() => answer, { deadlineMs: frozenDeadlineMs, what: 'a frozen server' })).rejects.toThrow(
      'without success for a frozen server',
    );
    await redis.thaw();
    expect(await answer).toBe('PONG');
  });

  it('leaves no process and no listener once stopped', async () => {
    const other = await startRedis();
    const { pid, url } = other;
    await other.stop();
    expect(isRunning(pid)).toBe(false);
    await expect(new Redis(url, { lazyConnect: true, retryStrategy: () => null }).connect()).rejects.toThrow();
  });

  it('takes further settings', async () => {
    const small = await startRedis({ settings: { maxmemory: '3mb' } });
    try {
      const client = new Redis(small.url);
      expect(await client.config('GET', 'maxmemory')).toEqual(['maxmemory', String(3 * 1024 * 1024)]);
      client.disconnect();
    } finally {
      await small.stop();
    }
  });
});

describeWithOwnPostgres('a Postgres server of a suite', () => {
  let postgres: PostgresServer;
  beforeAll(async () => {
    postgres = await startPostgres();
  }, serverTestDeadlineMs);
  afterAll(() => postgres.stop());

  it(
    'breaks connections when killed and comes back with everything committed',
    async () => {
      const before = await connectPostgres(postgres.url);
      await before.query('create table sites (name text not null)');
      await before.query("insert into sites (name) values ('committed')");
      const lost = new Promise<void>((resolve) => before.once('end', () => resolve()));
      await postgres.kill();
      await lost;
      await expect(connectPostgres(postgres.url)).rejects.toThrow('ECONNREFUSED');
      await postgres.restart();
      const after = await connectPostgres(postgres.url);
      expect((await after.query('select name from sites')).rows).toEqual([{ name: 'committed' }]);
      await after.end();
    },
    serverTestDeadlineMs,
  );

  it('answers nothing while frozen, on no connection, and answers once thawed', async () => {
    const client = await connectPostgres(postgres.url);
    await postgres.freeze();
    const answer = client.query('select 1 as one');
    await expect(waitFor(() => answer, { deadlineMs: frozenDeadlineMs, what: 'a frozen backend' })).rejects.toThrow(
      'without success for a frozen backend',
    );
    await postgres.thaw();
    expect((await answer).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it(
    'is ended by stop even while frozen, and leaves nothing behind',
    async () => {
      const other = await startPostgres();
      const client = await connectPostgres(other.url);
      const backend = (await client.query('select pg_backend_pid()::int as pid')).rows[0]?.pid;
      await other.freeze();
      await other.stop();
      expect(isRunning(backend)).toBe(false);
      await expect(connectPostgres(other.url)).rejects.toThrow('ECONNREFUSED');
    },
    serverTestDeadlineMs,
  );
});

describeWithPostgres('createTestDatabase', (serverUrl) => {
  it('gives each caller an empty database, and drops it despite open connections', async () => {
    const [one, other] = await Promise.all([createTestDatabase(serverUrl()), createTestDatabase(serverUrl())]);
    const [oneClient, otherClient] = await Promise.all([one.url, other.url].map(connectPostgres));
    await oneClient?.query('create table sites ()');
    await expect(otherClient?.query('select from sites')).rejects.toThrow('does not exist');
    await Promise.all([one.drop(), other.drop()]);
    await expect(connectPostgres(one.url)).rejects.toThrow('does not exist');
  });
});

describeWithOwnRedis('servers whose process ends', () => {
  describeWithOwnPostgres('with both servers', () => {
    let temporaryFolder: string;
    beforeEach(async () => {
      temporaryFolder = await mkdtemp(join(tmpdir(), 'abandoned-'));
      await chmod(temporaryFolder, 0o755);
    });
    afterEach(() => rm(temporaryFolder, { recursive: true, force: true }));

    it.each(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
      'are gone with their directories after %s',
      async (signal) => {
        const child = startAbandoner(temporaryFolder);
        const { redisPid, postgresUrl } = await firstLineAsJson(child);
        expect(isRunning(redisPid)).toBe(true);
        await connectPostgres(postgresUrl).then((client) => client.end());
        expect(await readdir(temporaryFolder)).toHaveLength(2);

        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
        await waitFor(() => !isRunning(redisPid), { deadlineMs: answerDeadlineMs, what: 'the end of Redis' });
        await waitFor(async () => (await readdir(temporaryFolder)).length === 0, {
          deadlineMs: answerDeadlineMs,
          what: 'the removal of the directories',
        });
        await expect(connectPostgres(postgresUrl)).rejects.toThrow('ECONNREFUSED');
      },
      serverTestDeadlineMs,
    );
  });
});

describe('waitFor', () => {
  it('gives the value of the condition once it holds', async () => {
    let asked = 0;
    const value = await waitFor(() => ++asked >= 3 && asked, { deadlineMs: answerDeadlineMs, what: 'three questions' });
    expect(value).toBe(3);
  });

  it('accepts 0 and the empty text as values', async () => {
    expect(await waitFor(() => 0, { deadlineMs: answerDeadlineMs, what: 'a number' })).toBe(0);
    expect(await waitFor(() => '', { deadlineMs: answerDeadlineMs, what: 'a text' })).toBe('');
  });

  it('rejects with the awaited state and with the last error', async () => {
    const cause = new Error('not yet');
    const waiting = waitFor(() => Promise.reject(cause), { deadlineMs: 50, what: 'a marker in Redis' });
    await expect(waiting).rejects.toMatchObject({
      message: 'Waited 50 ms without success for a marker in Redis',
      cause,
    });
  });

  it('does not wait longer for a condition that never settles', async () => {
    const waiting = waitFor(() => new Promise<boolean>(() => undefined), { deadlineMs: 50, what: 'nothing' });
    await expect(waiting).rejects.toThrow('without success for nothing');
  });
});

function startAbandoner(temporaryFolder: string): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'abandon-stores.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: temporaryFolder },
  });
}

async function connectPostgres(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: answerDeadlineMs });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function firstLineAsJson(child: ChildProcess) {
  if (child.stdout === null) throw new Error('The child has no standard output');
  for await (const line of createInterface({ input: child.stdout })) return JSON.parse(line);
  throw new Error('The child ended without a line');
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
