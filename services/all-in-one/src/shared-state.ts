import {
  type AdmissionStore,
  type AnnouncementBus,
  createMemoryAnnouncementBus,
  createMemoryStores,
  createRedisAdmissionStore,
  createRedisAnnouncementBus,
  createRedisRevocationStore,
  type RevocationStore,
} from '@engagetrack/admission-store';
import { connectRedis, connectRedisOnce, type Logger, type RedisConnection } from '@engagetrack/service-chassis';

/** The stores and announcements that the gateway and the key service share. */
export interface SharedState {
  readonly store: AdmissionStore;
  readonly revocations: RevocationStore;
  readonly announcements: AnnouncementBus;
  readonly redis?: RedisConnection;
  close(): void;
}

/**
 * Milliseconds. A slower mark or renewal fails; it is far below the lease, so that a failing cycle leaves time for the
 * next one.
 */
const revocationTimeoutMs = 200;
const commandTimeoutMs = 1_000;

export function sharedInMemory(): SharedState {
  const { admission, revocations } = createMemoryStores(Date.now);
  return {
    store: admission,
    revocations,
    announcements: createMemoryAnnouncementBus(),
    close: () => undefined,
  };
}

/** @param deadlineMs milliseconds. A request waits no longer for Redis. */
export function sharedThroughRedis(url: string, deadlineMs: number, log: Logger): SharedState {
  const redis = connectRedis({ url, name: 'all-in-one', commandTimeoutMs, log });
  const marks = connectRedis({ url, name: 'all-in-one-marks', commandTimeoutMs: revocationTimeoutMs, log });
  const subscriber = connectRedis({ url, name: 'all-in-one-announcements', commandTimeoutMs, log });
  const store = createRedisAdmissionStore(redis, { deadlineMs });
  const revocations = createRedisRevocationStore({
    redis: marks,
    connectForCycle: () => connectRedisOnce({ url, name: 'all-in-one-renewal', commandTimeoutMs: revocationTimeoutMs }),
  });
  return {
    store,
    revocations,
    announcements: createRedisAnnouncementBus({
      publisher: redis,
      subscriber,
      onFault: (error) => log.warn({ at: 'announcement_fault', reason: error.message }),
    }),
    redis,
    close: () => {
      store.close();
      revocations.close();
      for (const connection of [redis, marks, subscriber]) connection.disconnect();
    },
  };
}
