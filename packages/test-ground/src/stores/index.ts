export { withClient } from './ask.ts';
export {
  describeWithOwnPostgres,
  describeWithOwnRedis,
  describeWithPostgres,
  describeWithRedis,
} from './describe-with-stores.ts';
export { findFaketime } from './find-faketime.ts';
export { type FoundPostgres, findPostgres } from './find-postgres.ts';
export { type FoundRedis, findRedis, type MissingStore } from './find-redis.ts';
export { findFreePort } from './free-port.ts';
export { openRedis, withRedis } from './redis-session.ts';
export { findOnPath, isExecutable, runProgram } from './run-program.ts';
export { createRedisDatabaseUrl, hasRunStore, runStoreUrl } from './run-store-url.ts';
export {
  type PostgresServer,
  type PostgresServerOptions,
  type StartedPostgres,
  startPostgres,
} from './start-postgres.ts';
export { type RedisServer, type RedisServerOptions, startRedis } from './start-redis.ts';
export { createTestDatabase, type TestDatabase } from './test-database.ts';
export { type AptGet, unpackPackages } from './unpack-packages.ts';
export { type WaitOptions, waitFor } from './wait-for.ts';
