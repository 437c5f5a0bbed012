import { setTimeout as delay } from 'node:timers/promises';
import { type PostgresServer, type RedisServer, waitFor, withClient, withRedis } from '@engagetrack/test-ground/stores';
import pg from 'pg';
import { type ArmedFault, armed, type Fault, type FaultGround } from './fault.ts';

const promises = { knownKeysUnaffected: true } as const;

export const postgresFaults: readonly Fault[] = [
  // After each of the first three the key services trust no earlier generation, as after a failover of the database.
  {
    id: 'F08.postgres-down',
    what: 'Postgres killed',
    holdMs: [30_000, 5_000],
    promises,
    aftermath: 'generation',
    arm: armed(({ postgres }) => ({ inject: postgres.kill, heal: postgres.restart })),
  },
  {
    id: 'F08.postgres-restart',
    what: 'Postgres killed and started at once',
    holdMs: [0, 0],
    promises,
    aftermath: 'generation',
    arm: armed(({ postgres }) => ({ inject: postgres.restart, heal: async () => undefined })),
  },
  {
    id: 'F08.postgres-frozen',
    what: 'Postgres SIGSTOP',
    holdMs: [5_000, 3_000],
    promises,
    aftermath: 'generation',
    arm: armed(({ postgres }) => ({ inject: postgres.freeze, heal: postgres.thaw })),
  },
  {
    id: 'F09.read-only',
    what: 'Postgres takes no writes',
    holdMs: [5_000, 2_000],
    promises,
    aftermath: 'none',
    arm: armed(({ postgres }) => ({
      inject: () => setReadOnly(postgres, 'on'),
      heal: () => setReadOnly(postgres, 'off'),
    })),
  },
  {
    id: 'F09.keys-locked',
    what: 'the table of keys locked',
    holdMs: [5_000, 2_000],
    promises,
    aftermath: 'none',
    arm: armed((ground) => lockTables(ground, 'api_keys')),
  },
  {
    id: 'F09.ledger-locked',
    what: 'ledger and outbox locked',
    holdMs: [5_000, 2_000],
    promises,
    aftermath: 'none',
    arm: armed((ground) => lockTables(ground, 'witness_ledger, outbox')),
  },
  {
    id: 'F09.connections',
    what: 'every connection of Postgres taken',
    holdMs: [5_000, 2_000],
    promises,
    aftermath: 'none',
    arm: armed(takeConnections),
  },
  {
    id: 'F24.restore',
    what: 'Postgres restored from an old backup',
    holdMs: [0, 0],
    promises: { restoresPlans: true },
    aftermath: 'generation',
    arm: async ({ postgres, redis }) => {
      await postgres.backUp();
      return { inject: postgres.restore, heal: () => revokedAgain(postgres, redis) };
    },
  },
];

const lockAttemptMs = 1_000;
const refillEveryMs = 5;
const tooManyConnections = '53300';
/** Milliseconds, far below the minute after which it would happen anyway. A later revocation fails the round. */
const revokedAgainDeadlineMs = 10_000;

/** Resolves once every key with a marker is revoked in the database too. */
async function revokedAgain({ url }: PostgresServer, redis: RedisServer): Promise<void> {
  const isRevokedAgain = async (): Promise<boolean> => {
    const markers = await withRedis(redis.url, (connection) => connection.keys('revoked:*'));
    const keyIds = markers.map((name) => name.slice(name.lastIndexOf(':') + 1));
    return withClient(url, async (client) => {
      const { rowCount } = await client.query(
        'SELECT id FROM api_keys WHERE id = ANY ($1::text[]) AND revoked_at IS NULL',
        [keyIds],
      );
      return rowCount === 0;
    });
  };
  await waitFor(isRevokedAgain, { deadlineMs: revokedAgainDeadlineMs, what: 'the lost revocations in the database' });
}

async function setReadOnly({ url }: PostgresServer, value: 'on' | 'off'): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
    await client.query('SELECT pg_reload_conf()');
  });
}

function lockTables({ postgres: { url } }: FaultGround, tables: string): ArmedFault {
  const client = connectionOf(url);
  return {
    inject: async () => {
      await client.connect();
      await client.query('BEGIN');
      // A waiting lock makes every statement behind it wait too, and that is the fault: it is only requested again.
      await client.query(`SET LOCAL lock_timeout = ${lockAttemptMs}`);
      await client.query(`LOCK TABLE ${tables} IN ACCESS EXCLUSIVE MODE`);
    },
    heal: () => client.end(),
  };
}

/** Ends all connections, and opens its own before the services open new ones. */
function takeConnections({ postgres: { url } }: FaultGround): ArmedFault {
  const taken = new Set<pg.Client>();
  let isHeld = true;
  let refilling: Promise<void> | undefined;
  const take = async (): Promise<boolean> => {
    const client = connectionOf(url);
    try {
      await client.connect();
      taken.add(client);
      return true;
    } catch (error) {
      if (isDatabaseError(error, tooManyConnections)) return false;
      throw error;
    }
  };
  const fill = async (): Promise<void> => {
    while (await take());
  };
  /** One attempt at a time: each costs Postgres a process, and attempts that pile up would be a fault of their own. */
  const refill = async (): Promise<void> => {
    while (isHeld) {
      await take().catch(() => false);
      await delay(refillEveryMs);
    }
  };
  return {
    inject: async () => {
      await fill();
      const [any] = taken;
      await any?.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'keys%' AND pid <> pg_backend_pid()",
      );
      await fill();
      refilling = refill();
    },
    heal: async () => {
      isHeld = false;
      await refilling;
      // One after the other: a hundred processes that end at once would stop a small machine for a second.
      for (const client of taken) await client.end();
    },
  };
}

/** A connection that may be broken from the other side without ending the process. */
function connectionOf(url: string): pg.Client {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  return client;
}

function isDatabaseError(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
