import { createServer } from 'node:http';
import {
  createRedisAdmissionStore,
  createRedisAnnouncementBus,
  createRedisRevocationStore,
} from '@engagetrack/admission-store';
import {
  connectRedis,
  connectRedisOnce,
  createAdminApp,
  createLogger,
  createMetricsRegistry,
  createTrustedProxies,
  listen,
  runService,
} from '@engagetrack/service-chassis';
import { createKeysService } from './create-keys-service.ts';
import { openPostgres } from './db/database.ts';
import { requireMigrated } from './db/migrate.ts';
import { reachableOrExplain } from './db/reachable.ts';
import { keysEnvironment } from './environment.ts';

const drainDeadlineMs = 30_000;
/**
 * Milliseconds. A slower command fails; it is far below the lease, so a failing renewal leaves time for the next one.
 */
const redisCommandTimeoutMs = 200;
/** Milliseconds. A slower spend fails, because a gateway waits for it. */
const spendDeadlineMs = 150;

await runService(keysEnvironment, process.env, async (config) => {
  const log = createLogger({ service: 'keys', level: config.LOG_LEVEL });
  const registry = createMetricsRegistry();
  const databases = openPostgres(config.DATABASE_URL, log);
  await reachableOrExplain(() => requireMigrated(databases.main));
  const redisOptions = { url: config.REDIS_URL, commandTimeoutMs: redisCommandTimeoutMs, log };
  const redis = connectRedis({ ...redisOptions, name: 'keys' });
  const revocations = createRedisRevocationStore({
    redis,
    connectForCycle: () => connectRedisOnce({ ...redisOptions, name: 'keys-renewal' }),
  });
  const admission = createRedisAdmissionStore(redis, { deadlineMs: spendDeadlineMs });
  const service = createKeysService({
    databases,
    revocations,
    admission,
    announcements: createRedisAnnouncementBus({
      publisher: redis,
      onFault: (error) => log.warn({ at: 'announcement_fault', reason: error.message }),
    }),
    internalToken: config.INTERNAL_TOKEN,
    trustedProxies: createTrustedProxies(config.TRUSTED_HOPS, config.TRUSTED_PROXIES),
    redis,
    log,
    registry,
    now: Date.now,
    monotonicNow: () => performance.now(),
  });

  await service.warmUp();

  const at = (port: number, variable: string) => ({ host: config.HOST, port, variable });
  const admin = await listen(
    createServer(createAdminApp({ registry, readiness: service.readiness })),
    at(config.KEYS_ADMIN_PORT, 'KEYS_ADMIN_PORT'),
  );
  const internal = await listen(service.internalServer, at(config.KEYS_INTERNAL_PORT, 'KEYS_INTERNAL_PORT'));
  const api = await listen(service.publicServer, at(config.KEYS_PORT, 'KEYS_PORT'));
  log.info({ at: 'listening', api: api.url, internal: internal.url, admin: admin.url });

  return {
    stop: async () => {
      await Promise.all([api.drain(drainDeadlineMs), internal.drain(drainDeadlineMs)]);
      await admin.drain(0);
      await service.close();
      admission.close();
      revocations.close();
      redis.disconnect();
      await databases.close();
    },
  };
});
