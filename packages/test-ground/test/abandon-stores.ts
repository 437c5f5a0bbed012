/** Starts both servers, prints their addresses as one line of JSON, and waits to be killed. */
import { startPostgres, startRedis } from '../src/stores/index.ts';

const redis = await startRedis();
const postgres = await startPostgres();
process.stdout.write(`${JSON.stringify({ redisUrl: redis.url, redisPid: redis.pid, postgresUrl: postgres.url })}\n`);
setInterval(() => undefined, 60_000);
