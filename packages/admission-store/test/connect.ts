import { Redis } from 'ioredis';

export const commandTimeoutMs = 300;

/** A connection as the services make theirs: a deadline for every command, no queue, nothing sent twice, reconnecting. */
export async function connect(url: string): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    commandTimeout: commandTimeoutMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    retryStrategy: () => 20,
  });
  // ioredis reports every failed attempt to reconnect here; the tests look only at the results of their commands.
  redis.on('error', () => undefined);
  await redis.connect();
  return redis;
}
