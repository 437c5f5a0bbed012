import {
  type CreatedKey,
  createApiClient,
  gatewayHeapFlags,
  inParallel,
  type RunningService,
  startProduct,
} from '@engagetrack/test-ground';
import { type RedisServer, startPostgres, startRedis, waitFor } from '@engagetrack/test-ground/stores';
import type { Cores } from '../load-kit/cores.ts';
import type { GoodTask } from './load-messages.ts';
import { usualOrigin } from './origins.ts';
import { sites } from './rows/row.ts';
import { type LoadProcess, startLoad } from './start-load.ts';
import { type PressureUpstream, startUpstream } from './start-upstream.ts';

/** Everything that a run attacks, and the attackers: all of it real processes. */
export interface Ground {
  readonly gateway: RunningService;
  readonly port: number;
  readonly upstream: PressureUpstream;
  readonly redis: RedisServer;
  /** The key service, the authority on keys. */
  readonly keys: RunningService;
  /** Keys that the gateway knows; enough of them that no good caller ever meets its limit. */
  readonly goodKeys: readonly string[];
  /** Keys of innocent callers who share an address; each is used by several of them. */
  readonly neighbourKeys: readonly string[];
  /** Session tokens. */
  readonly sessions: readonly string[];
  /** Keys that were never used; an attack takes its keys from the front. */
  readonly freshKeys: string[];
  readonly good: LoadProcess;
  readonly attack: LoadProcess;
  /** Makes the usual good callers call, instead of others. */
  callAsUsual(requestsPerSecond?: number): Promise<void>;
  createKey(): Promise<CreatedKey>;
  createKeys(count: number): Promise<readonly string[]>;
  revokeKey(id: string): Promise<void>;
  /** Another gateway, with these variables beside the usual ones. */
  startGateway(variables: Readonly<Record<string, string>>): Promise<StartedGateway>;
  /** Whether the gateway is ready, or becomes so before a deadline. */
  becomesReady(): Promise<boolean>;
  /** The sum of a counter over its labels. */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

export interface StartedGateway {
  readonly port: number;
  stop(): Promise<void>;
}

const organization = 'org_demo';
const goodKeyCount = 64;
const neighbourKeyCount = 256;
const sessionCount = 4;
/** Keys that are created at the same time. */
const creationsAtOnce = 4;
const scopes = ['sites:read', 'analytics:read', 'annotations:write'];
const usualRequestsPerSecond = 150;
/** Milliseconds for all attempts at one key. */
const creationDeadlineMs = 30_000;
/** Milliseconds. After an outage of Redis and the authority a gateway needs up to a minute to be ready. */
const readyDeadlineMs = 90_000;
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
    const startGateway = async (variables: Readonly<Record<string, string>> = {}) => {
      const started = await product.startGateway({ TRUSTED_HOPS: '1', ...variables });
      cores.pinMeasured(started.running.pid);
      return started;
    };
    const gateway = await startGateway();
    const { keys } = product;
    const client = createApiClient(keys.address('api'), organization);
    const logIn = () => client.logIn(product.owner.email, product.owner.password);
    const session = await logIn();
    // On a busy machine the database may answer too late; a key that was created but not answered stays unused.
    const createKey = () =>
      waitFor(() => client.createKey(session, scopes), {
        deadlineMs: creationDeadlineMs,
        what: 'a new key',
        everyMs: 250,
      });
    const createKeys = (count: number) =>
      inParallel(Array.from({ length: count }), creationsAtOnce, async () => (await createKey()).key);
    const goodKeys = await createKeys(goodKeyCount);
    const good = own(startLoad({ isAttack: false }));
    const port = portOf(gateway);
    return {
      gateway,
      port,
      upstream,
      redis,
      keys,
      goodKeys,
      neighbourKeys: await createKeys(neighbourKeyCount),
      sessions: await inParallel(Array.from({ length: sessionCount }), 1, logIn),
      freshKeys: await createKeys(freshKeyCount),
      good,
      attack: own(startLoad({ isAttack: true })),
      callAsUsual: (requestsPerSecond) => good.begin(usualTask({ port, goodKeys, requestsPerSecond })),
      createKey,
      createKeys,
      revokeKey: async (id) => {
        const { status, text } = await client.revokeKey(session, id);
        if (status !== 204) throw new Error(`A revocation was answered ${status}: ${text}`);
      },
      startGateway: async (variables) => {
        const started = await startGateway(variables);
        return { port: portOf(started), stop: async () => void (await started.running.stop()) };
      },
      becomesReady: async () => {
        const isReady = async () => (await fetch(`${gateway.address('admin')}/readyz`)).ok;
        return waitFor(isReady, { deadlineMs: readyDeadlineMs, what: 'a gateway that is ready' }).catch(() => false);
      },
      metric: (name) => readMetric(gateway.address('admin'), name),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface UsualCallers {
  readonly port: number;
  readonly goodKeys: readonly string[];
  readonly requestsPerSecond?: number | undefined;
}

function usualTask({ port, goodKeys, requestsPerSecond = usualRequestsPerSecond }: UsualCallers): GoodTask {
  return {
    kind: 'good',
    port,
    from: usualOrigin,
    calls: goodKeys.map((bearer) => ({ path: sites, bearer })),
    requestsPerSecond,
    connections: 64,
    remadeShare: 0,
    rampSeconds: 1,
  };
}

function portOf(service: RunningService): number {
  return Number(new URL(service.address('api')).port);
}

async function readMetric(adminUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'gm'))];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
}
