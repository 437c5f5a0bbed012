import { randomBytes } from 'node:crypto';
import { waitFor } from '../stores/wait-for.ts';
import { listeningAddresses, type RunningProcess, runProcess, startProcess } from './start-process.ts';

export interface ProductWish {
  readonly redisUrl: string;
  /** Of an empty database. */
  readonly databaseUrl: string;
  readonly gateways: number;
}

export interface RunningService {
  readonly name: string;
  readonly running: RunningProcess;
  /** By the names of its `listening` line: `api`, `internal`, `admin`. */
  address(kind: string): string;
}

export interface Product {
  readonly gateways: readonly RunningService[];
  readonly keys: RunningService;
  readonly upstream: RunningService;
  readonly owner: { readonly email: string; readonly password: string; readonly organizationId: string };
  /** One more gateway, with these variables beside the usual ones. */
  startGateway(environment?: Readonly<Record<string, string>>): Promise<RunningService>;
  /** Another key service on the same database; the product's `keys` stays what it was. */
  startKeys(): Promise<RunningService>;
  /** Everything that every process has printed. */
  output(): string;
  stop(): Promise<void>;
}

const readyDeadlineMs = 20_000;

/** The product as separate processes on loopback, as in production: migrated, with the demo organization in it. */
export async function startProduct({ redisUrl, databaseUrl, gateways: gatewayCount }: ProductWish): Promise<Product> {
  const services: RunningService[] = [];
  const common = { HOST: '127.0.0.1', LOG_LEVEL: 'trace' };
  const internalToken = randomBytes(32).toString('hex');
  const owner = { email: 'owner@example.com', password: randomBytes(12).toString('hex'), organizationId: 'org_demo' };

  const start = async (name: string, environment: Readonly<Record<string, string>>): Promise<RunningService> => {
    const running = startProcess({ main: `services/${name}/src/main.ts`, environment: { ...common, ...environment } });
    const addresses = await listeningAddresses(running);
    const service: RunningService = {
      name,
      running,
      address: (kind) => {
        const address = addresses.get(kind);
        if (address === undefined) throw new Error(`${name} has no ${kind} address`);
        return address;
      },
    };
    services.push(service);
    return service;
  };
  const command = async (main: string, environment: Readonly<Record<string, string>>): Promise<void> => {
    const { code, output } = await runProcess({ main, environment });
    if (code !== 0) throw new Error(`${main} ended with ${code}: ${output}`);
  };
  const startKeys = () =>
    start('keys', {
      KEYS_PORT: '0',
      KEYS_INTERNAL_PORT: '0',
      KEYS_ADMIN_PORT: '0',
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      INTERNAL_TOKEN: internalToken,
    });

  await command('services/keys/src/commands/migrate.ts', { DATABASE_URL: databaseUrl });
  await command('services/keys/src/commands/demo.ts', {
    DATABASE_URL: databaseUrl,
    DEMO_EMAIL: owner.email,
    DEMO_PASSWORD: owner.password,
    DEMO_ORG_ID: owner.organizationId,
  });
  const keys = await startKeys();
  const upstream = await start('example-upstream', { EXAMPLE_UPSTREAM_PORT: '0' });
  const startGateway = async (environment: Readonly<Record<string, string>> = {}): Promise<RunningService> => {
    const gateway = await start('gateway', {
      GATEWAY_PORT: '0',
      GATEWAY_ADMIN_PORT: '0',
      REDIS_URL: redisUrl,
      KEYS_URL: keys.address('api'),
      KEYS_INTERNAL_URL: keys.address('internal'),
      UPSTREAM_URL: upstream.address('api'),
      INTERNAL_TOKEN: internalToken,
      ...environment,
    });
    await waitFor(async () => (await fetch(`${gateway.address('admin')}/readyz`)).ok, {
      deadlineMs: readyDeadlineMs,
      what: 'a gateway to be ready',
    });
    return gateway;
  };
  const gateways: RunningService[] = [];
  for (let n = 0; n < gatewayCount; n += 1) gateways.push(await startGateway());

  return {
    gateways,
    keys,
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
