import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { createDashboard, readAssets } from '@engagetrack/dashboard';
import { createExampleUpstream } from '@engagetrack/example-upstream';
import {
  createGateway,
  createIntrospectionClient,
  createKeyServiceClient,
  createQuotaSpendingClient,
  createUsageClient,
  gatewayReadiness,
  limitsFrom,
  readRouteTableFile,
} from '@engagetrack/gateway';
import {
  createAccountStore,
  createDemoOrganization,
  createKeysService,
  createLedgerStore,
  createPasswords,
  type DemoOrganization,
  migrate,
  openPGlite,
  openPostgres,
} from '@engagetrack/keys';
import {
  type Configuration,
  createAdminApp,
  createLogger,
  createMetricsRegistry,
  createTrustedProxies,
  type ListeningServer,
  listen,
  noProxies,
} from '@engagetrack/service-chassis';
import type { allInOneEnvironment } from './environment.ts';
import { sharedInMemory, sharedThroughRedis } from './shared-state.ts';

export type AllInOneConfig = Configuration<(typeof allInOneEnvironment)['fields']>;

export interface Everything {
  /** The listening addresses, for people. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly gatewayUrl: string;
  readonly dashboardUrl: string;
  /** Undefined when the database had an organization already. */
  readonly demo: DemoOrganization | undefined;
  stop(): Promise<void>;
}

const drainDeadlineMs = 10_000;

/**
 * Every service of the product in this process, wired as in production: over HTTP, each with its own listeners.
 * @param beginStep hears what begins now, for people who wait.
 */
export async function startEverything(config: AllInOneConfig, beginStep: (step: string) => void): Promise<Everything> {
  const logFor = (service: string) => createLogger({ service, level: config.LOG_LEVEL });
  const clocks = { now: Date.now, monotonicNow: () => performance.now() };
  const at = (variable: PortVariable) => ({ host: config.HOST, port: config[variable], variable });
  const internalToken = randomBytes(32).toString('hex');
  const trustedProxies = createTrustedProxies(config.TRUSTED_HOPS, config.TRUSTED_PROXIES);
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const step of undo.reverse()) await step();
  };
  const open = async (server: ReturnType<typeof createServer>, variable: PortVariable): Promise<ListeningServer> => {
    const listening = await listen(server, at(variable));
    undo.push(() => listening.drain(drainDeadlineMs));
    return listening;
  };

  try {
    beginStep(config.DATABASE_URL === undefined ? `making a database in ${config.DATA_DIR}` : 'opening the database');
    const databases =
      config.DATABASE_URL === undefined
        ? await openPGlite(config.DATA_DIR)
        : openPostgres(config.DATABASE_URL, logFor('keys'));
    undo.push(() => databases.close());
    await migrate(databases.main);
    const demo = await createDemoOrganization(createAccountStore(databases.main), createPasswords(), {
      email: config.DEMO_EMAIL,
      password: config.DEMO_PASSWORD,
      organizationId: config.DEMO_ORG_ID,
    });

    beginStep('starting the services');
    const shared =
      config.REDIS_URL === undefined
        ? sharedInMemory()
        : sharedThroughRedis(config.REDIS_URL, config.REDIS_DEADLINE_MS, logFor('redis'));
    undo.push(() => shared.close());

    // Markers in memory ended with the process that had them, and no other process has this data folder.
    if (config.REDIS_URL === undefined && config.DATABASE_URL === undefined)
      await createLedgerStore(databases).forget();

    const keysRegistry = createMetricsRegistry();
    const keys = createKeysService({
      databases,
      revocations: shared.revocations,
      admission: shared.store,
      announcements: shared.announcements,
      internalToken,
      // The gateway and the dashboard of this process ask it directly.
      trustedProxies: noProxies,
      ...(shared.redis && { redis: shared.redis }),
      log: logFor('keys'),
      registry: keysRegistry,
      ...clocks,
    });
    undo.push(() => keys.close());
    const keysApi = await open(keys.publicServer, 'KEYS_PORT');
    await keys.warmUp();
    const keysInternal = await open(keys.internalServer, 'KEYS_INTERNAL_PORT');
    const keysAdmin = await open(
      createServer(createAdminApp({ registry: keysRegistry, readiness: keys.readiness })),
      'KEYS_ADMIN_PORT',
    );

    const stopping = new AbortController();
    const upstream =
      config.UPSTREAM_URL === undefined
        ? await open(
            createServer(
              createExampleUpstream({ log: logFor('example-upstream'), now: Date.now, stopping: stopping.signal }),
            ),
            'EXAMPLE_UPSTREAM_PORT',
          )
        : { url: config.UPSTREAM_URL };

    const gatewayRegistry = createMetricsRegistry();
    const askKeyService = createKeyServiceClient({ url: keysInternal.url, internalToken });
    const introspect = createIntrospectionClient(askKeyService);
    const gateway = createGateway({
      routeTable: readRouteTableFile(config.ROUTES_FILE, {
        substitutions: { UPSTREAM_URL: upstream.url, KEYS_URL: keysApi.url },
        defaultTimeoutMs: config.UPSTREAM_TIMEOUT_MS,
      }),
      store: shared.store,
      announcements: shared.announcements,
      introspect,
      spendThroughKeyService: createQuotaSpendingClient(askKeyService),
      sendUsageReport: createUsageClient(askKeyService),
      internalToken,
      trustedProxies,
      publicHosts: config.PUBLIC_HOSTS,
      limits: limitsFrom(config),
      log: logFor('gateway'),
      registry: gatewayRegistry,
      ...clocks,
    });
    undo.push(() => gateway.close());
    const readiness = gatewayReadiness(introspect);
    const gatewayAdmin = await open(
      createServer(createAdminApp({ registry: gatewayRegistry, readiness })),
      'GATEWAY_ADMIN_PORT',
    );
    const api = await open(gateway.server, 'GATEWAY_PORT');

    const dashboardRegistry = createMetricsRegistry();
    const dashboard = createDashboard({
      keysUrl: keysApi.url,
      gatewayUrl: api.url,
      publicGatewayUrl: config.PUBLIC_GATEWAY_URL,
      publicUrl: config.PUBLIC_URL,
      assets: readAssets(config.ASSETS_FOLDER),
      trustedProxies,
      internalToken,
      log: logFor('dashboard'),
      registry: dashboardRegistry,
      monotonicNow: clocks.monotonicNow,
    });
    undo.push(() => dashboard.close());
    const dashboardAdmin = await open(
      createServer(createAdminApp({ registry: dashboardRegistry, readiness: dashboard.readiness })),
      'DASHBOARD_ADMIN_PORT',
    );
    const site = await open(dashboard.server, 'DASHBOARD_PORT');
    // Streams do not end by themselves, so they are ended first.
    undo.push(() => stopping.abort());

    return {
      addresses: {
        'gateway (the API)': api.url,
        dashboard: site.url,
        'gateway admin': gatewayAdmin.url,
        'key service': keysApi.url,
        'key service internal': keysInternal.url,
        'key service admin': keysAdmin.url,
        'dashboard admin': dashboardAdmin.url,
        'analytics upstream': upstream.url,
        database: config.DATABASE_URL === undefined ? `PGlite in ${config.DATA_DIR}` : 'DATABASE_URL',
        'counters and markers': config.REDIS_URL === undefined ? 'in memory' : 'REDIS_URL',
      },
      gatewayUrl: api.url,
      dashboardUrl: site.url,
      demo,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type PortVariable =
  | 'GATEWAY_PORT'
  | 'GATEWAY_ADMIN_PORT'
  | 'DASHBOARD_PORT'
  | 'DASHBOARD_ADMIN_PORT'
  | 'KEYS_PORT'
  | 'KEYS_INTERNAL_PORT'
  | 'KEYS_ADMIN_PORT'
  | 'EXAMPLE_UPSTREAM_PORT';
