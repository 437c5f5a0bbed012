import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort, type RedisServer, startRedis, waitFor, withRedis } from '@engagetrack/test-ground/stores';
import type { Redis } from 'ioredis';
import { type ArmedFault, type Fault, type FaultGround, redisAway, shareMax } from './fault.ts';

/**
 * Failover to a replica that lags, while the old primary lives on and one gateway stays with it.
 *
 * The address of the primary passes to the replica: the old primary moves to another port and drops its
 * connections, and the last gateway's own link is pointed at that port. Healing demotes the old primary, as a Sentinel
 * would, and moves that gateway; the way back is a second, planned failover.
 */
export const redisFailover: Fault = {
  id: 'F06.failover',
  what: 'failover to a replica, one gateway left on the old primary',
  holdMs: [3_000, 3_000],
  // The gateway that stays with the old primary counts there until the lease is over.
  promises: { ...redisAway, overAdmissionMax: shareMax },
  aftermath: 'generation',
  arm,
};

const lagMaxMs = 300;
const syncDeadlineMs = 15_000;
/** Milliseconds. A process that is demoted and promoted again within a lease is a stated exception, not this fault. */
const demotedMinMs = 3_000;

async function arm(ground: FaultGround): Promise<ArmedFault> {
  const { redis, links, random } = ground;
  await withRedis(redis.url, (old) => old.config('SET', 'repl-diskless-sync-delay', '0'));
  const replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${redis.port}` } });
  await linkUp(replica.url);
  const lagMs = random.between(0, lagMaxMs);
  let aside = 0;
  let demotedAtMs = 0;

  return {
    inject: async () => {
      // Later writes never reach the replica.
      await withRedis(replica.url, (next) => next.replicaof('NO', 'ONE'));
      await delay(lagMs);
      aside = await findFreePort();
      links.gatewayToRedis.retarget(aside);
      const staying = new Set(links.gatewayToRedis.serverSidePorts());
      await handOver({ from: redis.url, to: replica.url, port: redis.port, aside, staying });
    },
    heal: async () => {
      await withRedis(urlOf(aside), (old) => old.replicaof('127.0.0.1', redis.port));
      demotedAtMs = performance.now();
      links.gatewayToRedis.retarget(redis.port);
      links.gatewayToRedis.reset();
      await linkUp(urlOf(aside));
      await fileWritten(urlOf(aside));
      await delay(Math.max(0, demotedAtMs + demotedMinMs - performance.now()));
      await withRedis(urlOf(aside), (old) => old.replicaof('NO', 'ONE'));
      await handOver({
        from: redis.url,
        to: urlOf(aside),
        port: redis.port,
        aside: await findFreePort(),
        staying: new Set(),
      });
      await replica.stop();
    },
  };
}

interface HandOver {
  /** The URL of the server that has the address now, and of the one that gets it. */
  readonly from: string;
  readonly to: string;
  /** The port that changes its server. */
  readonly port: number;
  /** The port to which the first server moves. */
  readonly aside: number;
  /** Connections that the first server keeps, by the port at their other end. */
  readonly staying: ReadonlySet<number>;
}

async function handOver({ from, to, port, aside, staying }: HandOver): Promise<void> {
  await withRedis(from, (old) =>
    withRedis(to, async (next) => {
      await old.config('SET', 'port', aside);
      await waitFor(async () => (await next.config('SET', 'port', port)) === 'OK', {
        deadlineMs: syncDeadlineMs,
        what: 'the address to be free',
      });
      await dropClients(old, staying);
    }),
  );
}

/** `id=7 addr=127.0.0.1:40000 … `: every client except this connection and those that stay. */
async function dropClients(redis: Redis, staying: ReadonlySet<number>): Promise<void> {
  const own = await redis.client('ID');
  const list = String(await redis.client('LIST'));
  for (const line of list.split('\n')) {
    const [, id, port] = /^id=(\d+) addr=[^ ]*:(\d+) /.exec(line) ?? [];
    if (id === undefined || Number(id) === own || staying.has(Number(port))) continue;
    await redis.client('KILL', 'ID', id);
  }
}

async function linkUp(url: string): Promise<void> {
  await waitFor(
    () => withRedis(url, async (replica) => (await replica.info('replication')).includes('master_link_status:up')),
    { deadlineMs: syncDeadlineMs, what: 'a replica to be in step' },
  );
}

/** A replica's file has the primary's data only after a rewrite: a kill before that would bring back the old data. */
async function fileWritten(url: string): Promise<void> {
  const written = ['aof_enabled:1', 'aof_rewrite_in_progress:0', 'aof_rewrite_scheduled:0'];
  await waitFor(
    () =>
      withRedis(url, async (redis) => {
        const persistence = await redis.info('persistence');
        return written.every((line) => persistence.includes(line));
      }),
    { deadlineMs: syncDeadlineMs, what: 'a replica to have written its file' },
  );
}

function urlOf(port: number): RedisServer['url'] {
  return `redis://127.0.0.1:${port}`;
}
