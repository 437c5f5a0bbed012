import {
  type AdmissionStore,
  type AnnouncementBus,
  createMemoryAdmissionStore,
  createMemoryAnnouncementBus,
  createRedisAdmissionStore,
  createRedisAnnouncementBus,
  type MarkerStore,
} from '@engagetrack/admission-store';
import { connectRedis, type Logger, type RedisConnection } from '@engagetrack/service-chassis';

/** What the gateway and the key service share. */
export interface SharedState {
  readonly store: AdmissionStore & MarkerStore;
  readonly announcements: AnnouncementBus;
  readonly redis?: RedisConnection;
  ping(): Promise<unknown>;
  close(): void;
}

const redisCommandTimeoutMs = 1_000;

export function sharedInMemory(): SharedState {
  return {
    store: createMemoryAdmissionStore(Date.now),
    announcements: createMemoryAnnouncementBus(),
    ping: async () => undefined,
    close: () => undefined,
  };
}

export function sharedThroughRedis(url: string, log: Logger): SharedState {
  const options = { url, commandTimeoutMs: redisCommandTimeoutMs, log };
  const redis = connectRedis({ ...options, name: 'all-in-one' });
  const subscriber = connectRedis({ ...options, name: 'all-in-one-announcements' });
  return {
    store: createRedisAdmissionStore(redis),
    announcements: createRedisAnnouncementBus({
      publisher: redis,
      subscriber,
      onFault: (error) => log.warn({ at: 'announcement_fault', reason: error.message }),
    }),
    redis,
    ping: () => redis.ping(),
    close: () => {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}
