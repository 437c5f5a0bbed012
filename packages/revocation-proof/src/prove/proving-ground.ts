import {
  type Connection,
  type ConnectThrough,
  createApiClient,
  createSeededRandom,
  type Product,
  type RecordingUpstream,
  type SeededRandom,
  startProduct,
  startRecordingUpstream,
} from '@engagetrack/test-ground';
import { type PostgresServer, type RedisServer, startPostgres, startRedis } from '@engagetrack/test-ground/stores';
import { startTcpFaultProxy } from '@engagetrack/test-ground/wire';
import type { FaultyLinks } from '../faults/fault.ts';
import { stallOnSignal } from '../faults/process-faults.ts';
import { createHttpSender, type HttpSender } from './http-sender.ts';

/** The product on stores of its own, with faulty links for its last gateway and its two key services. */
export interface ProvingGround {
  readonly redis: RedisServer;
  readonly postgres: PostgresServer;
  readonly product: Product;
  readonly links: FaultyLinks;
  readonly upstream: RecordingUpstream;
  readonly sender: HttpSender;
  /** The session token of the owner of every organization. */
  readonly session: string;
  /** The organization whose keys are created and revoked. */
  readonly organizationId: string;
  /** The organization whose plan changes, so that the other one's keys are not refused for it. */
  readonly planOrganizationId: string;
  readonly random: SeededRandom;
  readonly now: () => number;
  stop(): Promise<void>;
}

export interface ProvingGroundOptions {
  readonly gateways: number;
  readonly seed: number;
  /** Milliseconds that gateways wait for Redis; their own default when undefined. */
  readonly redisDeadlineMs: number | undefined;
  /** The number of key services; 2 when absent. */
  readonly keyServices?: number;
  /** Replaces the address that a process connects to, between the process and the faulty links. */
  readonly connectThrough?: ConnectThrough;
}

const defaultKeyServices = 2;
const planOrganizationId = 'org_plan';
/** Failures a minute. High, so that a revoked key is refused for its revocation and not for its address. */
const failedAuthenticationsPerMinute = 1_000_000;
const outputBytesMax = 4_000_000;

export async function openProvingGround(options: ProvingGroundOptions): Promise<ProvingGround> {
  const {
    gateways,
    seed,
    redisDeadlineMs,
    keyServices = defaultKeyServices,
    connectThrough = ({ url }) => url,
  } = options;
  const now = (): number => performance.now();
  const random = createSeededRandom(seed);
  const linkRandom = random.fork('links');
  const closers: (() => Promise<unknown>)[] = [];
  const opened = <Part extends { stop(): Promise<unknown> }>(part: Part): Part => {
    closers.push(() => part.stop());
    return part;
  };
  const stop = async (): Promise<void> => {
    for (const close of closers.toReversed()) await close();
  };

  try {
    const [redis, postgres, upstream] = await Promise.all([
      startRedis().then(opened),
      startPostgres().then(opened),
      startRecordingUpstream(now).then(opened),
    ]);
    // A key service's ports are known only when it listens; then the proxies are pointed at them.
    const link = async (port: number) => opened(await startTcpFaultProxy(port, linkRandom.next));
    const links: FaultyLinks = {
      gatewayToRedis: await link(redis.port),
      keysToRedis: await link(redis.port),
      ownKeysToRedis: await link(redis.port),
      gatewayToKeys: await link(0),
      gatewayToKeysInternal: await link(0),
    };
    const product = opened(
      await startProduct({
        redisUrl: redis.url,
        databaseUrl: postgres.url,
        gateways,
        keyServices,
        upstreamUrl: upstream.url,
        connectThrough: (connection) => {
          const url = throughLinks(links, connection, { lastGateway: gateways - 1, keyServices });
          return connectThrough({ ...connection, url });
        },
        moreOrganizations: [planOrganizationId],
        failedAuthenticationsPerMinute,
        gatewayVariables: stallOnSignal,
        ...(redisDeadlineMs === undefined ? {} : { redisDeadlineMs }),
        logLevel: 'info',
        outputBytesMax,
      }),
    );
    const [first] = product.gateways;
    if (first === undefined) throw new Error('A proof needs at least one gateway');
    const client = createApiClient(first.address('api'), product.owner.organizationId);
    const session = await client.logIn(product.owner.email, product.owner.password);
    const sender = createHttpSender(now);
    closers.push(async () => sender.close());
    const { organizationId } = product.owner;
    return {
      redis,
      postgres,
      product,
      links,
      upstream,
      sender,
      session,
      organizationId,
      planOrganizationId,
      random,
      now,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function throughLinks(
  links: FaultyLinks,
  { from, to, url }: Connection,
  { lastGateway, keyServices }: { readonly lastGateway: number; readonly keyServices: number },
): string {
  if (from.name === 'keys' && to === 'redis')
    return (from.n === lastGateway % keyServices ? links.ownKeysToRedis : links.keysToRedis).through(url);
  if (from.name !== 'gateway' || from.n !== lastGateway) return url;
  const port = Number(new URL(url).port);
  switch (to) {
    case 'redis':
      return links.gatewayToRedis.through(url);
    case 'keys':
      links.gatewayToKeys.retarget(port);
      return links.gatewayToKeys.through(url);
    case 'keys-internal':
      links.gatewayToKeysInternal.retarget(port);
      return links.gatewayToKeysInternal.through(url);
    case 'postgres':
      return url;
  }
}
