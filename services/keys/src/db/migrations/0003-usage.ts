import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The usage that gateways report. Its tables have no references to `api_keys`, so that neither a count nor the check of
 * a reference makes a revocation wait for a lock. `api_keys.last_used_at`, which was never written, stays: key services
 * of the version before read it during a rolling deployment.
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
