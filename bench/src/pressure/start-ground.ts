import { createApiClient, gatewayHeapFlags, type RunningService, startProduct } from '@engagetrack/test-ground';
import { startPostgres, startRedis } from '@engagetrack/test-ground/stores';
import type { Cores } from '../load-kit/cores.ts';
import { type LoadProcess, startLoad } from './start-load.ts';
import { type PressureUpstream, startUpstream } from './start-upstream.ts';

/** Everything that a run attacks, and the attackers: all of it real processes. */
export interface Ground {
  readonly gateway: RunningService;
  readonly port: number;
  readonly upstream: PressureUpstream;
  /** Keys that the gateway knows; enough of them that no good caller ever meets its limit. */
  readonly goodKeys: readonly string[];
  /** Keys that were never used; an attack takes its keys from the front. */
  readonly freshKeys: string[];
  readonly good: LoadProcess;
  readonly attack: LoadProcess;
  /** The sum of a counter over its labels. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

const organization = 'org_demo';
const goodKeyCount = 64;
const scopes = ['sites:read', 'analytics:read', 'annotations:write'];
/** MiB. T13: a gateway must survive every attack with a heap of this size. */
const heapMiB = 256;
/**
 * Milliseconds. Redis shares its core with the callers here: its wait for the core must not look like a failing Redis.
 */
const redisDeadlineMs = 1_000;
const keptOutputBytes = 2 ** 20;

export async function startGround(cores: Cores, freshKeyCount: number): Promise<Ground> {
  const stops: (() => Promise<unknown>)[] = [];
  const own = <Part extends { stop(): Promise<unknown> }>(part: Part): Part => {
    stops.push(part.stop);
    return part;
  };
  const stop = async (): Promise<void> => {
    for (let next = stops.pop(); next !== undefined; next = stops.pop()) await next();
  };
  try {
    const [redis, postgres, upstream] = await Promise.all([startRedis(), startPostgres(), startUpstream()]);
    for (const part of [redis, postgres, upstream]) own(part);
    const product = own(
      await startProduct({
        redisUrl: redis.url,
        databaseUrl: postgres.url,
        gateways: 0,
        upstreamUrl: `http://127.0.0.1:${upstream.port}`,
        redisDeadlineMs,
        logLevel: 'info',
        outputBytesMax: keptOutputBytes,
        gatewayNodeFlags: [`--max-old-space-size=${heapMiB}`, ...(await gatewayHeapFlags())],
      }),
    );
    const gateway = await product.startGateway({ TRUSTED_HOPS: '1' });
    cores.pinMeasured(gateway.running.pid);
    const client = createApiClient(product.keys.address('api'), organization);
    const session = await client.logIn(product.owner.email, product.owner.password);
    const keys: string[] = [];
    for (let n = 0; n < goodKeyCount + freshKeyCount; n += 1) keys.push((await client.createKey(session, scopes)).key);
    return {
      gateway,
      port: Number(new URL(gateway.address('api')).port),
      upstream,
      goodKeys: keys.slice(0, goodKeyCount),
      freshKeys: keys.slice(goodKeyCount),
      good: own(startLoad({ isAttack: false })),
      attack: own(startLoad({ isAttack: true })),
      metric: (name) => readMetric(gateway.address('admin'), name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function readMetric(adminUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
