import { Redis } from 'ioredis';
import pg from 'pg';

const askTimeoutMs = 2_000;

/**
 * Resolves when the Redis at this URL answers a command; rejects with the reason otherwise.
 * @param pid the process id it must have, where that is known.
 */
export async function askRedis(url: string, pid?: number): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: askTimeoutMs,
    commandTimeout: askTimeoutMs,
    retryStrategy: () => null,
  });
  let reason: unknown;
  redis.on('error', (error: Error) => {
    reason = error;
  });
  // A connection that never came about has ended by itself; disconnecting it as well would hold a timer for seconds.
  await redis.connect().catch((error: unknown) => {
    throw reason ?? error;
  });
  try {
    const server = await redis.info('server');
    if (pid !== undefined && !server.includes(`process_id:${pid}\r\n`)) throw new Error('Another Redis answers there');
  } finally {
    redis.disconnect();
  }
}

/** Resolves when the Postgres at this URL answers a query; rejects with the reason otherwise. */
export async function askPostgres(url: string): Promise<void> {
  await withClient(url, (client) => client.query('select 1'));
}

export async function withClient<Value>(url: string, work: (client: pg.Client) => Promise<Value>): Promise<Value> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: askTimeoutMs,
    query_timeout: 10 * askTimeoutMs,
  });
  // The client reports a lost idle connection here only; the query that follows rejects.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end();
  }
}
