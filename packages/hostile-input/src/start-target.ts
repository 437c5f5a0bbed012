import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApiClient, type Product, type RunningService, startProduct } from '@engagetrack/test-ground';
import { startPostgres, startRedis } from '@engagetrack/test-ground/stores';
import { organization, otherOrganization, publicHost, sites, type TestKeys } from './hostile-input.ts';
import { createLeakWatch, type LeakWatch } from './leak-watch.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';

/** A gateway as a process, in front of an upstream that records its requests, on stores of their own. */
export interface Target {
  readonly product: Product;
  readonly gateway: RunningService;
  /** Starts one more gateway like the first, with these variables added. */
  startGateway(environment: Readonly<Record<string, string>>): Promise<RunningService>;
  readonly port: number;
  readonly upstream: RawUpstream;
  readonly keys: TestKeys;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Searches the output of every process. */
  readonly watch: LeakWatch;
  stop(): Promise<void>;
}

export interface TargetOptions {
  /** Added to the usual variables of the gateway. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * The quota of the shipped route table; by default the highest possible, so that inputs meet the guards and not the
   * limiter.
   */
  readonly quota?: number;
}

const quotaMax = 1_000_000;
const upstreamTimeoutMs = 1_000;
/** Bytes of output kept of each process, enough for its last lines; older output is dropped. */
const outputBytesMax = 2 ** 20;
const shippedRoutes = fileURLToPath(new URL('../../../services/gateway/config/routes.yaml', import.meta.url));

export async function startTarget({ environment = {}, quota = quotaMax }: TargetOptions = {}): Promise<Target> {
  const folder = await mkdtemp(join(tmpdir(), 'engagetrack-hostile-'));
  const routesFile = join(folder, 'routes.yaml');
  await writeFile(routesFile, (await readFile(shippedRoutes, 'utf8')).replaceAll('limit: 600', `limit: ${quota}`));
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  const upstream = await startRawUpstream();
  const watch = createLeakWatch();
  const product = await startProduct({
    redisUrl: redis.url,
    databaseUrl: postgres.url,
    gateways: 0,
    upstreamUrl: upstream.url,
    moreOrganizations: [otherOrganization],
    failedAuthenticationsPerMinute: 1_000_000,
    logLevel: 'info',
    outputBytesMax,
    heard: watch.heard,
  });
  const startGateway: Target['startGateway'] = (more) =>
    product.startGateway({
      ROUTES_FILE: routesFile,
      PUBLIC_HOSTS: publicHost,
      UPSTREAM_TIMEOUT_MS: String(upstreamTimeoutMs),
      ...environment,
      ...more,
    });
  const gateway = await startGateway({});
  const keys = await createKeys(product, gateway.address('api'));
  watch.watchFor([keys.full, keys.narrow, keys.revoked, keys.other]);
  return {
    product,
    gateway,
    startGateway,
    port: Number(new URL(gateway.address('api')).port),
    upstream,
    keys,
    redisUrl: redis.url,
    databaseUrl: postgres.url,
    watch,
    stop: async () => {
      await product.stop();
      await Promise.all([upstream.stop(), redis.stop(), postgres.stop(), rm(folder, { recursive: true })]);
    },
  };
}

const everyScope = ['analytics', 'sites', 'goals', 'funnels', 'annotations', 'visitors'].flatMap((resource) =>
  ['goals', 'funnels', 'annotations'].includes(resource)
    ? [`${resource}:read`, `${resource}:write`]
    : [`${resource}:read`],
);

async function createKeys({ owner }: Product, gatewayUrl: string): Promise<TestKeys> {
  const client = createApiClient(gatewayUrl, organization);
  const session = await client.logIn(owner.email, owner.password);
  const full = await client.createKey(session, everyScope);
  const narrow = await client.createKey(session, ['sites:read']);
  const revoked = await client.createKey(session, everyScope);
  const other = await createApiClient(gatewayUrl, otherOrganization).createKey(session, everyScope);
  // The gateway has looked these keys up before any hostile input comes.
  for (const { key } of [full, narrow, revoked]) await client.get(sites, key);
  const { status } = await client.revokeKey(session, revoked.id);
  if (status !== 204) throw new Error(`The revocation was answered ${status}`);
  return { full: full.key, narrow: narrow.key, revoked: revoked.key, other: other.key, session };
}
