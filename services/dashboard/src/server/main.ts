import { createServer } from 'node:http';
import {
  createAdminApp,
  createLogger,
  createMetricsRegistry,
  createTrustedProxies,
  listen,
  runService,
} from '@engagetrack/service-chassis';
import { readAssets } from './assets-folder.ts';
import { createDashboard } from './create-dashboard.ts';
import { dashboardEnvironment } from './environment.ts';

const drainDeadlineMs = 30_000;

await runService(dashboardEnvironment, process.env, async (config) => {
  const log = createLogger({ service: 'dashboard', level: config.LOG_LEVEL });
  const registry = createMetricsRegistry();
  const dashboard = createDashboard({
    keysUrl: config.KEYS_URL,
    gatewayUrl: config.GATEWAY_URL,
    publicGatewayUrl: config.PUBLIC_GATEWAY_URL,
    publicUrl: config.PUBLIC_URL,
    assets: readAssets(config.ASSETS_FOLDER),
    trustedProxies: createTrustedProxies(config.TRUSTED_HOPS, config.TRUSTED_PROXIES),
    internalToken: config.INTERNAL_TOKEN,
    log,
    registry,
    monotonicNow: () => performance.now(),
  });

  const admin = await listen(createServer(createAdminApp({ registry, readiness: dashboard.readiness })), {
    host: config.HOST,
    port: config.DASHBOARD_ADMIN_PORT,
    variable: 'DASHBOARD_ADMIN_PORT',
  });
  const site = await listen(dashboard.server, {
    host: config.HOST,
    port: config.DASHBOARD_PORT,
    variable: 'DASHBOARD_PORT',
  });
  log.info({ at: 'listening', site: site.url, admin: admin.url });

  return {
    stop: async () => {
      await site.drain(drainDeadlineMs);
      await admin.drain(0);
      dashboard.close();
    },
  };
});
