import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Instants have milliseconds, as in JavaScript: a cursor would lose finer ones. */
export const accountsAndApiKeys: Migration = {
  up: async (database: Kysely<unknown>) => {
    await sql`
      CREATE TABLE users (
        id text PRIMARY KEY,
        email text NOT NULL UNIQUE CHECK (email = lower(email)),
        name text NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`.execute(database);
    await sql`
      CREATE TABLE organizations (
        id text PRIMARY KEY,
        name text NOT NULL,
        plan text NOT NULL CHECK (plan IN ('maker', 'startup', 'agency')),
        epoch integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL DEFAULT now()
      )`.execute(database);
    await sql`
      CREATE TABLE members (
        organization_id text NOT NULL REFERENCES organizations (id),
        user_id text NOT NULL REFERENCES users (id),
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
        PRIMARY KEY (organization_id, user_id)
      )`.execute(database);
    await sql`CREATE INDEX members_by_user ON members (user_id)`.execute(database);
    await sql`
      CREATE TABLE sessions (
        token_hash text PRIMARY KEY,
        user_id text NOT NULL REFERENCES users (id),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at timestamptz(3) NOT NULL
      )`.execute(database);
    await sql`CREATE INDEX sessions_by_user ON sessions (user_id, created_at)`.execute(database);
    await sql`
      CREATE TABLE api_keys (
        id text PRIMARY KEY,
        organization_id text NOT NULL REFERENCES organizations (id),
        name text NOT NULL,
        key_hash text NOT NULL UNIQUE CHECK (key_hash ~ '^[0-9a-f]{64}$'),
        last_four text NOT NULL CHECK (last_four ~ '^[0-9a-f]{4}$'),
        scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
        created_by text NOT NULL REFERENCES users (id),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        expires_at timestamptz(3),
        last_used_at timestamptz(3),
        revoked_at timestamptz(3),
        revoked_by text REFERENCES users (id)
      )`.execute(database);
    await sql`CREATE INDEX api_keys_newest_first ON api_keys (organization_id, created_at DESC, id DESC)`.execute(
      database,
    );
    await sql`
      CREATE TABLE outbox (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        organization_id text NOT NULL,
        key_id text,
        epoch integer,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        CHECK ((key_id IS NULL) <> (epoch IS NULL))
      )`.execute(database);
  },
};
