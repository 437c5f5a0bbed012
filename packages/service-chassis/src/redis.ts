import { Redis } from 'ioredis';
import type { Logger } from './logger.ts';

export type RedisConnection = Redis;

export interface RedisOptions {
  readonly url: string;
  /** What the connection is for; shown in Redis's client list and in log lines. */
  readonly name: string;
  /** Deadline of every command, milliseconds. Without one, a command in flight when the socket dies never settles. */
  readonly commandTimeoutMs: number;
  readonly log: Logger;
}

const reconnectDelayMaxMs = 500;
const connectTimeoutMs = 2_000;
/**
 * A connection on which commands go unanswered for so long is dead, even if nobody said so: the kernel would take a
 * quarter of an hour to find out.
 */
const silenceMaxMs = 2_000;

/**
 * A connection that never makes anyone wait: every command has a deadline, nothing queues while the connection is
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

/** A connection that is one connection: when it breaks, it stays broken. Rejects when there is none to be had. */
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
  // What is wrong is told by the rejections of its commands.
  redis.on('error', () => undefined);
  // Ending a connection that was never made takes the client seconds, which nobody here has: the rejection does not wait.
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
