import { Redis } from 'ioredis';

const commandTimeoutMs = 5_000;

/** Does some work on a new connection, as the server's administrator. */
export async function withRedis<Value>(url: string, work: (redis: Redis) => Promise<Value>): Promise<Value> {
  const redis = openRedis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** A lasting connection; the caller disconnects it. Commands fail while the server is away. */
export function openRedis(url: string): Redis {
  const redis = new Redis(url, { commandTimeout: commandTimeoutMs, connectTimeout: commandTimeoutMs });
  redis.on('error', () => undefined);
  return redis;
}
