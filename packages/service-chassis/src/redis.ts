import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

export type RedisConnection = Redis;

export interface RedisOptions {
  readonly url: string;
  /** The purpose of the connection; Redis's client list and log lines show it. */
  readonly name: string;
  /**
   * Milliseconds. A slower command rejects. Without a deadline, a command in flight when the socket dies never settles.
   */
  readonly commandTimeoutMs: number;
  readonly log: Logger;
}

const reconnectDelayMaxMs = 500;
const connectTimeoutMs = 2_000;
/**
 * Milliseconds. A connection without an answer for longer is given up; the kernel would notice a lost peer only after a
 * quarter of an hour.
 */
const silenceMaxMs = 2_000;

/**
 * A connection on which no caller waits long: every command has a deadline, nothing queues while the connection is
 * down, nothing is sent twice, and it reconnects by itself for ever.
 */
export function connectRedis({ url, name, commandTimeoutMs, log }: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    commandTimeout: commandTimeoutMs,
    connectTimeout: connectTimeoutMs,
    socketTimeout: silenceMaxMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, reconnectDelayMaxMs),
  });
  let failing = false;
  redis.on('error', (error: Error) => {
    if (!failing) log.warn({ at: 'redis_unreachable', connection: name, reason: error.message });
    failing = true;
  });
  redis.on('ready', () => {
    if (failing) log.info({ at: 'redis_reachable', connection: name });
    failing = false;
  });
  return redis;
}

/** A connection that never reconnects: when it breaks, it stays broken. Rejects when it cannot be opened in time. */
export async function connectRedisOnce({ url, name, commandTimeoutMs }: Omit<RedisOptions, 'log'>): Promise<Redis> {
  const redis = new Redis(url, {
    connectionName: name,
    commandTimeout: commandTimeoutMs,
    connectTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    lazyConnect: true,
  });
  // The rejections of its commands report the error.
  redis.on('error', () => undefined);
  // Ending an unopened connection takes the client seconds, so the rejection does not wait for it.
  let deadline: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    deadline = setTimeout(() => reject(new Error(`No connection within ${commandTimeoutMs} ms`)), commandTimeoutMs);
  });
  try {
    await Promise.race([redis.connect(), expired]);
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  } finally {
    clearTimeout(deadline);
  }
}
