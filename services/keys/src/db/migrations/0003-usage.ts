import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What gateways report of the use of keys. In tables of its own, and without references to `api_keys`: neither a row
 * that is counted up nor a reference that is checked may make a revocation wait for a lock. `api_keys.last_used_at`, which
 * was never written, stays: key services of the version before read it for as long as a deployment rolls.
 */
export const usage: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql`
      CREATE TABLE api_key_usage (
        organization_id text NOT NULL,
        key_id text NOT NULL,
        hour timestamptz(3) NOT NULL,
        route_class text NOT NULL,
        succeeded bigint NOT NULL,
        client_errors bigint NOT NULL,
        limited bigint NOT NULL,
        server_errors bigint NOT NULL,
        PRIMARY KEY (organization_id, key_id, hour, route_class)
      )`.execute(database);
    await sql`CREATE INDEX api_key_usage_by_hour ON api_key_usage (hour)`.execute(database);
    await sql`
      CREATE TABLE api_key_last_use (
        organization_id text NOT NULL,
        key_id text NOT NULL,
        last_used_at timestamptz(3) NOT NULL,
        PRIMARY KEY (organization_id, key_id)
      )`.execute(database);
    await sql`
      CREATE TABLE usage_reporters (
        gateway_id text PRIMARY KEY,
        number integer NOT NULL,
        reported_at timestamptz(3) NOT NULL DEFAULT now()
      )`.execute(database);
  },
};
