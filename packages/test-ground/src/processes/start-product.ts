import { randomBytes } from 'node:crypto';
import { withClient } from '../stores/ask.ts';
import { waitFor } from '../stores/wait-for.ts';
import { type HearOutput, listeningAddresses, type RunningProcess, runProcess, startProcess } from './start-process.ts';

export interface ProductOptions {
  readonly redisUrl: string;
  /** The URL of an empty database. */
  readonly databaseUrl: string;
  readonly gateways: number;
  /** The number of key services; 1 when absent. Gateway n uses key service n modulo their number. */
  readonly keyServices?: number;
  /** The upstream of granted requests; when absent, the example upstream is started. */
  readonly upstreamUrl?: string;
  /** Replaces the address by which one service reaches another or a store; the true one when absent. */
  readonly connectThrough?: ConnectThrough;
  /** Organizations beside the demo one, on its plan and with its owner. */
  readonly moreOrganizations?: readonly string[];
  /** The limit for each client address and gateway; the gateways' own default when absent. */
  readonly failedAuthenticationsPerMinute?: number;
  /** Milliseconds that gateways wait for Redis; their own default when absent. */
  readonly redisDeadlineMs?: number;
  /** Added to the usual variables of every gateway. */
  readonly gatewayVariables?: Environment;
  readonly logLevel?: string;
  /** Bytes of output that are kept of each service; everything when absent. */
  readonly outputBytesMax?: number;
  /** Flags for the Node of its gateways. */
  readonly gatewayNodeFlags?: readonly string[];
  /** Called with everything that its services print. */
  readonly heard?: HearOutput;
}

export interface Connection {
  readonly from: { readonly name: 'gateway' | 'keys'; readonly n: number };
  readonly to: 'redis' | 'postgres' | 'keys' | 'keys-internal';
  readonly url: string;
}

export type ConnectThrough = (connection: Connection) => string | Promise<string>;

export interface RunningService {
  readonly name: string;
  /** The process that runs now; a restart replaces it. */
  readonly running: RunningProcess;
  /** The address by its name in the `listening` line: `api`, `internal`, `admin`. */
  address(kind: string): string;
  /**
   * Kills the process if it still runs and starts it anew, on the same addresses; resolves when it listens.
   * @param environment added to the usual variables, this time only.
   */
  restart(environment?: Environment): Promise<void>;
}

export interface Product {
  readonly gateways: readonly RunningService[];
  /** The first of `keyServices`. */
  readonly keys: RunningService;
  readonly keyServices: readonly RunningService[];
  /** Absent when the options named another upstream. */
  readonly upstream: RunningService | undefined;
  readonly owner: { readonly email: string; readonly password: string; readonly organizationId: string };
  /** Starts one more gateway, with these variables beside the usual ones and this limit of open files. */
  startGateway(environment?: Environment, openFilesMax?: number): Promise<RunningService>;
  /** Starts another key service on the same database; `keys` of the product stays the first one. */
  startKeys(): Promise<RunningService>;
  /** Everything that every process has printed. */
  output(): string;
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string>>;

const readyDeadlineMs = 60_000;

/** The product as separate processes on loopback, as in production: migrated, with the demo organization in it. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { redisUrl, databaseUrl, connectThrough = ({ url }) => url } = options;
  const services: RunningService[] = [];
  const common = { HOST: '127.0.0.1', LOG_LEVEL: options.logLevel ?? 'trace' };
  const internalToken = randomBytes(32).toString('hex');
  const owner = { email: 'owner@example.com', password: randomBytes(12).toString('hex'), organizationId: 'org_demo' };
  const demoVariables = {
    DEMO_EMAIL: owner.email,
    DEMO_PASSWORD: owner.password,
    DEMO_ORG_ID: owner.organizationId,
  };

  const start = async (recipe: ServiceRecipe): Promise<RunningService> => {
    const environment = { ...common, ...recipe.environment };
    const service = await startService({ ...recipe, environment }, options);
    services.push(service);
    return service;
  };
  let keysStarted = 0;
  const startKeys = async (): Promise<RunningService> => {
    const from = { name: 'keys', n: keysStarted++ } as const;
    return start({
      name: 'keys',
      ports: { api: 'KEYS_PORT', internal: 'KEYS_INTERNAL_PORT', admin: 'KEYS_ADMIN_PORT' },
      environment: {
        DATABASE_URL: await connectThrough({ from, to: 'postgres', url: databaseUrl }),
        REDIS_URL: await connectThrough({ from, to: 'redis', url: redisUrl }),
        INTERNAL_TOKEN: internalToken,
      },
    });
  };

  await runCommand('services/keys/src/commands/migrate.ts', { DATABASE_URL: databaseUrl });
  await runCommand('services/keys/src/commands/demo.ts', { DATABASE_URL: databaseUrl, ...demoVariables });
  await addOrganizations(databaseUrl, owner, options.moreOrganizations ?? []);
  // The others find its generation. If each began one of its own, every acknowledgement of the first minute would be
  // slow.
  const keys = await startKeys();
  const keyServices = [keys, ...(await times((options.keyServices ?? 1) - 1, startKeys))];
  const upstream =
    options.upstreamUrl === undefined
      ? await start({ name: 'example-upstream', ports: { api: 'EXAMPLE_UPSTREAM_PORT' }, environment: {} })
      : undefined;

  let gatewaysStarted = 0;
  const startGateway: Product['startGateway'] = async (environment = {}, openFilesMax) => {
    const from = { name: 'gateway', n: gatewaysStarted++ } as const;
    const asked = keyServices[from.n % keyServices.length] ?? keys;
    const { failedAuthenticationsPerMinute: failuresMax } = options;
    const gateway = await start({
      name: 'gateway',
      ports: { api: 'GATEWAY_PORT', admin: 'GATEWAY_ADMIN_PORT' },
      nodeFlags: options.gatewayNodeFlags,
      openFilesMax,
      environment: {
        REDIS_URL: await connectThrough({ from, to: 'redis', url: redisUrl }),
        KEYS_URL: await connectThrough({ from, to: 'keys', url: asked.address('api') }),
        KEYS_INTERNAL_URL: await connectThrough({ from, to: 'keys-internal', url: asked.address('internal') }),
        UPSTREAM_URL: options.upstreamUrl ?? upstream?.address('api') ?? '',
        INTERNAL_TOKEN: internalToken,
        ...(failuresMax === undefined ? {} : { FAILED_AUTHENTICATIONS_PER_MINUTE: String(failuresMax) }),
        ...(options.redisDeadlineMs === undefined ? {} : { REDIS_DEADLINE_MS: String(options.redisDeadlineMs) }),
        ...options.gatewayVariables,
        ...environment,
      },
    });
    await waitFor(async () => (await fetch(`${gateway.address('admin')}/readyz`)).ok, {
      deadlineMs: readyDeadlineMs,
      what: 'a gateway to be ready',
    });
    return gateway;
  };
  const gateways = await times(options.gateways, () => startGateway());

  return {
    gateways,
    keys,
    keyServices,
    upstream,
    owner,
    startGateway,
    startKeys,
    output: () => services.map(({ running }) => running.output()).join('\n'),
    stop: async () => {
      await Promise.all(services.map(({ running }) => running.stop()));
    },
  };
}

interface ServiceRecipe {
  readonly name: string;
  /** The variable that sets each address's port. */
  readonly ports: Readonly<Record<string, string>>;
  readonly environment: Environment;
  readonly nodeFlags?: readonly string[] | undefined;
  readonly openFilesMax?: number | undefined;
}

async function startService(
  { name, ports, environment, nodeFlags, openFilesMax }: ServiceRecipe,
  { outputBytesMax = Number.POSITIVE_INFINITY, heard }: Pick<ProductOptions, 'outputBytesMax' | 'heard'>,
): Promise<RunningService> {
  const startOn = async (portOf: (kind: string) => string, more: Environment = {}) => {
    const chosen = Object.fromEntries(Object.entries(ports).map(([kind, variable]) => [variable, portOf(kind)]));
    const process = startProcess({
      main: `services/${name}/src/main.ts`,
      environment: { ...environment, ...more, ...chosen },
      nodeFlags,
      openFilesMax,
      outputBytesMax,
      heard,
    });
    return { process, addresses: await listeningAddresses(process) };
  };
  let { process: running, addresses } = await startOn(() => '0');
  const address = (kind: string): string => {
    const found = addresses.get(kind);
    if (found === undefined) throw new Error(`${name} has no ${kind} address`);
    return found;
  };
  return {
    name,
    get running() {
      return running;
    },
    address,
    restart: async (more) => {
      running.signal('SIGKILL');
      await running.exited;
      ({ process: running, addresses } = await startOn((kind) => new URL(address(kind)).port, more));
    },
  };
}

async function runCommand(main: string, environment: Environment): Promise<void> {
  const { code, output } = await runProcess({ main, environment });
  if (code !== 0) throw new Error(`${main} ended with ${code}: ${output}`);
}

/** Writes to the database, because the API cannot create an organization: sign-up belongs to another product. */
async function addOrganizations(databaseUrl: string, owner: Product['owner'], ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await withClient(databaseUrl, async (client) => {
    await client.query("INSERT INTO organizations (id, name, plan) SELECT unnest($1::text[]), 'Another', 'startup'", [
      ids,
    ]);
    await client.query(
      `INSERT INTO members (organization_id, user_id, role)
       SELECT organizations.id, users.id, 'owner' FROM organizations, users
       WHERE organizations.id = ANY ($1::text[]) AND users.email = $2`,
      [ids, owner.email],
    );
  });
}

/** Runs the work so many times at once. */
function times<Result>(count: number, work: () => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, work));
}
