import { createServer } from 'node:http';
import { createRedisAdmissionStore, createRedisAnnouncementBus } from '@engagetrack/admission-store';
import {
  connectRedis,
  createAdminApp,
  createHeapShare,
  createLogger,
  createMetricsRegistry,
  createTrustedProxies,
  listen,
  runService,
  watchProcess,
} from '@engagetrack/service-chassis';
import { createQuotaSpendingClient } from './admission/quota-spending-client.ts';
import { createGateway } from './create-gateway.ts';
import { gatewayEnvironment, limitsFrom } from './environment.ts';
import { createIntrospectionClient } from './keys/introspection-client.ts';
import { createKeyServiceClient } from './keys/key-service-client.ts';
import { gatewayReadiness } from './readiness.ts';
import { readRouteTableFile } from './routes/route-table-file.ts';
import { createUsageClient } from './usage/usage-client.ts';

const drainDeadlineMs = 30_000;
const redisCommandTimeoutMs = 1_000;

await runService(gatewayEnvironment, process.env, async (config) => {
  const log = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  const registry = createMetricsRegistry();
  const routeTable = readRouteTableFile(config.ROUTES_FILE, {
    substitutions: { UPSTREAM_URL: config.UPSTREAM_URL, KEYS_URL: config.KEYS_URL },
    defaultTimeoutMs: config.UPSTREAM_TIMEOUT_MS,
  });
  const redisOptions = { url: config.REDIS_URL, commandTimeoutMs: redisCommandTimeoutMs, log };
  const redis = connectRedis({ ...redisOptions, name: 'gateway' });
  const subscriber = connectRedis({ ...redisOptions, name: 'gateway-announcements' });
  const askKeyService = createKeyServiceClient({
    url: config.KEYS_INTERNAL_URL,
    internalToken: config.INTERNAL_TOKEN,
  });
  const introspect = createIntrospectionClient(askKeyService);
  const store = createRedisAdmissionStore(redis, { deadlineMs: config.REDIS_DEADLINE_MS });
  // The admission store cannot vouch for a read of the authority from before Redis's first answer, and the number of
  // gateways is unknown until then.
  await store.whenHeard(redisCommandTimeoutMs);
  const gateway = createGateway({
    routeTable,
    store,
    announcements: createRedisAnnouncementBus({
      publisher: redis,
      subscriber,
      onFault: (error) => log.warn({ at: 'announcement_fault', reason: error.message }),
    }),
    introspect,
    spendThroughKeyService: createQuotaSpendingClient(askKeyService),
    sendUsageReport: createUsageClient(askKeyService),
    internalToken: config.INTERNAL_TOKEN,
    trustedProxies: createTrustedProxies(config.TRUSTED_HOPS, config.TRUSTED_PROXIES),
    publicHosts: config.PUBLIC_HOSTS,
    limits: limitsFrom(config),
    log,
    registry,
    now: Date.now,
    monotonicNow: () => performance.now(),
  });
  const watch = watchProcess({
    monotonicNow: () => performance.now(),
    heapShare: createHeapShare(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`),
    shed: gateway.shed,
    registry,
    service: 'gateway',
    log,
  });
  const authorityReadiness = gatewayReadiness(introspect);
  const readiness = async () => {
    const reason = await authorityReadiness();
    // After a freeze the process has not yet read an answer that arrived meanwhile.
    return watch.trouble() ?? reason;
  };

  const admin = await listen(createServer(createAdminApp({ registry, readiness })), {
    host: config.HOST,
    port: config.GATEWAY_ADMIN_PORT,
    variable: 'GATEWAY_ADMIN_PORT',
  });
  const api = await listen(gateway.server, { host: config.HOST, port: config.GATEWAY_PORT, variable: 'GATEWAY_PORT' });
  log.info({ at: 'listening', api: api.url, admin: admin.url, routes: routeTable.routes.length });

  return {
    stop: async () => {
      gateway.refuseWithoutWaiting();
      await api.drain(drainDeadlineMs);
      await admin.drain(0);
      watch.stop();
      await gateway.close();
      store.close();
      redis.disconnect();
      subscriber.disconnect();
    },
  };
});
