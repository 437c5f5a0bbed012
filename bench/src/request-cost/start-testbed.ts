import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createApiClient,
  gatewayHeapFlags,
  listeningAddresses,
  runProcess,
  startProcess,
} from '@engagetrack/test-ground';
import {
  createTestDatabase,
  findPostgres,
  findRedis,
  startPostgres,
  startRedis,
  waitFor,
} from '@engagetrack/test-ground/stores';
import type { Cores } from '../load-kit/cores.ts';
import { type LoadGenerator, startLoad } from './start-load.ts';
import { type RunningProxy, startProxy } from './start-proxy.ts';

/** The proxies, the load and the stores of a run. */
export interface Testbed {
  readonly gateway: RunningProxy;
  /** Every ratio divides by it. */
  readonly passThrough: RunningProxy;
  /** Passes every request on, too. */
  readonly undiciPassThrough: RunningProxy;
  /** Does the gateway's job with other libraries. */
  readonly sameJob: RunningProxy;
  readonly load: LoadGenerator;
  readonly path: string;
  /** Live API keys of one organization. */
  readonly keys: readonly string[];
  /** The stores' versions for people: `Redis 7.0.15, Postgres 15.18`. */
  readonly stores: string;
}

/** Registers a function that stops a part at the end. */
export type Owner = (stop: () => Promise<void>) => void;

const organizationId = 'org_bench';
const keyCount = 64;
/**
 * Requests in a window of 60 s, the most that a route table allows: two orders of magnitude above one key's requests in
 * a run.
 */
const quota = 1_000_000;
const readyDeadlineMs = 20_000;

/** @param own is called for each part as soon as it runs, so that an early end leaves no process behind. */
export async function startTestbed(cores: Cores, gatewayFlags: readonly string[], own: Owner): Promise<Testbed> {
  const [redis, postgres] = await Promise.all([startOwned(startRedis, own), startOwned(startPostgres, own)]);
  const { url: databaseUrl } = await createTestDatabase(postgres.url);
  const internalToken = randomBytes(32).toString('hex');
  const owner = { email: 'owner@example.com', password: randomBytes(12).toString('hex') };

  await runCommand('services/keys/src/commands/migrate.ts', { DATABASE_URL: databaseUrl });
  await runCommand('services/keys/src/commands/demo.ts', {
    DATABASE_URL: databaseUrl,
    DEMO_EMAIL: owner.email,
    DEMO_PASSWORD: owner.password,
    DEMO_ORG_ID: organizationId,
  });
  const keyService = await startService(
    'services/keys/src/main.ts',
    {
      HOST: '127.0.0.1',
      KEYS_PORT: '0',
      KEYS_INTERNAL_PORT: '0',
      KEYS_ADMIN_PORT: '0',
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      INTERNAL_TOKEN: internalToken,
    },
    own,
  );
  const upstream = await startService('bench/src/request-cost/upstream.ts', {}, own);
  const gateway = await startOwned(
    async () =>
      startProxy({
        name: 'gateway, full job',
        main: 'services/gateway/src/main.ts',
        cores,
        flags: [...(await gatewayHeapFlags()), ...gatewayFlags],
        environment: {
          HOST: '127.0.0.1',
          GATEWAY_PORT: '0',
          GATEWAY_ADMIN_PORT: '0',
          REDIS_URL: redis.url,
          // Redis shares its core with the load here; its wait for the core must not make the gateway do without Redis.
          REDIS_DEADLINE_MS: '1000',
          KEYS_URL: addressIn(keyService, 'api'),
          KEYS_INTERNAL_URL: addressIn(keyService, 'internal'),
          UPSTREAM_URL: addressIn(upstream, 'api'),
          INTERNAL_TOKEN: internalToken,
          ROUTES_FILE: await writeRoutesFile(own),
          LOG_LEVEL: 'info',
        },
      }),
    own,
  );
  await waitFor(async () => (await fetch(`${addressIn(gateway.addresses, 'admin')}/readyz`)).ok, {
    deadlineMs: readyDeadlineMs,
    what: 'the gateway to be ready',
  });
  const keys = await createKeys(addressIn(gateway.addresses, 'api'), owner);
  const startReference = (name: string, file: string, more: Readonly<Record<string, string>> = {}) =>
    startOwned(
      () =>
        startProxy({
          name,
          main: `bench/src/request-cost/${file}`,
          cores,
          environment: { UPSTREAM_URL: addressIn(upstream, 'api'), ...more },
        }),
      own,
    );
  const passThrough = await startReference('express + http-proxy-middleware, pass-through', 'pass-through.ts');
  const undiciPassThrough = await startReference('undici, pass-through', 'undici-pass-through.ts');
  const sameJob = await startReference('fastify + reply-from, full job', 'fastify-full-job.ts', {
    REDIS_URL: redis.url,
    API_KEYS: keys.join(','),
    ORGANIZATION_ID: organizationId,
  });

  return {
    gateway,
    passThrough,
    undiciPassThrough,
    sameJob,
    load: await startOwned(async () => startLoad(), own),
    path: `/api/v1/organizations/${organizationId}/sites/site_1/analytics/stats?period=30d`,
    keys,
    stores: await describeStores(),
  };
}

/** @throws Error for a name that the service's `listening` line does not have. */
export function addressIn(addresses: ReadonlyMap<string, string>, kind: string): string {
  const address = addresses.get(kind);
  if (address === undefined) throw new Error(`A service printed no ${kind} address`);
  return address;
}

async function startOwned<Part extends { stop(): Promise<unknown> }>(
  start: () => Promise<Part>,
  own: Owner,
): Promise<Part> {
  const part = await start();
  own(async () => void (await part.stop()));
  return part;
}

async function runCommand(main: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const { code, output } = await runProcess({ main, environment });
  if (code !== 0) throw new Error(`${main} ended with ${code}: ${output}`);
}

async function startService(
  main: string,
  environment: Readonly<Record<string, string>>,
  own: Owner,
): Promise<ReadonlyMap<string, string>> {
  const running = startProcess({ main, environment });
  own(async () => void (await running.stop()));
  return listeningAddresses(running);
}

/** The shipped route table with a quota that no run can use up: counting costs the same, and no request is refused. */
async function writeRoutesFile(own: Owner): Promise<string> {
  const shipped = await readFile(new URL('../../../services/gateway/config/routes.yaml', import.meta.url), 'utf8');
  const generous = shipped.replace(/\blimit: \d+/g, `limit: ${quota}`);
  if (generous === shipped) throw new Error('The shipped route table names no limits any more');
  const folder = await mkdtemp(join(tmpdir(), 'engagetrack-bench-'));
  own(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'routes.yaml');
  await writeFile(file, generous);
  return file;
}

async function createKeys(
  gatewayUrl: string,
  owner: { readonly email: string; readonly password: string },
): Promise<readonly string[]> {
  const client = createApiClient(gatewayUrl, organizationId);
  const session = await client.logIn(owner.email, owner.password);
  const keys: string[] = [];
  for (let n = 0; n < keyCount; n += 1) keys.push((await client.createKey(session)).key);
  return keys;
}

async function describeStores(): Promise<string> {
  const found = await Promise.all([findRedis(), findPostgres()]);
  return found.map((store) => (store.kind === 'found' ? store.version : 'unknown')).join(', ');
}
