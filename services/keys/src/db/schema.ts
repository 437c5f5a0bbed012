import type { ApiKeyHash } from '@engagetrack/api-key';
import type { ApiKeyId, OrganizationId, Plan, Role, Scope, UserId } from '@engagetrack/contracts';
import type { ColumnType, Generated } from 'kysely';
import type { SessionTokenHash } from '../session-token.ts';

/** An instant is read and written as a Date. By database: `now()` where the value is left out. */
type Instant = ColumnType<Date, Date, Date>;
type InstantByDatabase = ColumnType<Date, Date | undefined, Date>;
type OptionalInstant = ColumnType<Date | null, Date | null | undefined, Date | null>;

export interface UsersTable {
  readonly id: UserId;
  /** Lower-case. */
  readonly email: string;
  readonly name: string;
  /** argon2id in PHC form. */
  readonly password_hash: string;
  readonly created_at: InstantByDatabase;
}

export interface OrganizationsTable {
  readonly id: OrganizationId;
  readonly name: string;
  readonly plan: Plan;
  /** Counts changes of the plan; a gateway that knows a lower one must ask again. */
  readonly epoch: Generated<number>;
  readonly created_at: InstantByDatabase;
}

export interface MembersTable {
  readonly organization_id: OrganizationId;
  readonly user_id: UserId;
  readonly role: Role;
}

export interface SessionsTable {
  readonly token_hash: SessionTokenHash;
  readonly user_id: UserId;
  readonly created_at: InstantByDatabase;
  readonly expires_at: Instant;
}

export interface ApiKeysTable {
  readonly id: ApiKeyId;
  readonly organization_id: OrganizationId;
  readonly name: string;
  readonly key_hash: ApiKeyHash;
  readonly last_four: string;
  readonly scopes: Scope[];
  readonly created_by: UserId;
  readonly created_at: InstantByDatabase;
  readonly expires_at: OptionalInstant;
  readonly revoked_at: OptionalInstant;
  readonly revoked_by: UserId | null;
}

/**
 * Changes that the gateways must learn of. The transaction of the change writes the row, which is kept as long as a
 * marker. No column says whether gateways have learned of it: that depends on the generation of the marker store. A
 * revocation sets `key_id`, a change of the organization sets `epoch`.
 */
export interface OutboxTable {
  readonly id: Generated<number>;
  readonly organization_id: OrganizationId;
  readonly key_id: ApiKeyId | null;
  readonly epoch: number | null;
  readonly created_at: InstantByDatabase;
  /** The transaction of the change, as text. */
  readonly xid: Generated<string>;
}

/** One row a renewal cycle, committed before its snapshot begins; inserted, never updated. */
export interface WitnessLedgerTable {
  readonly id: Generated<string>;
  readonly instance: string;
  /** Null for a cycle that could not reach the marker store; after it the instance holds no right to renew. */
  readonly generation: string | null;
  /** Changes when a standby is promoted and when the server starts. */
  readonly database_run: string;
  readonly started_at: Generated<Date>;
  /** Start of the instance's last snapshot whose cycle was finished; infinity in the last row of an instance. */
  readonly finished_snapshot_at: Date | null;
}

/** The requests of a key in one hour under one route class, counted by outcome; a `bigint` is read as text. */
export interface ApiKeyUsageTable {
  readonly organization_id: OrganizationId;
  readonly key_id: ApiKeyId;
  readonly hour: Instant;
  readonly route_class: string;
  readonly succeeded: string;
  readonly client_errors: string;
  readonly limited: string;
  readonly server_errors: string;
}

export interface ApiKeyLastUseTable {
  readonly organization_id: OrganizationId;
  readonly key_id: ApiKeyId;
  readonly last_used_at: Instant;
}

/** The number of each gateway's last stored report, by which a repeated report is recognized. */
export interface UsageReportersTable {
  readonly gateway_id: string;
  readonly number: number;
  readonly reported_at: InstantByDatabase;
}

export interface Schema {
  readonly users: UsersTable;
  readonly organizations: OrganizationsTable;
  readonly members: MembersTable;
  readonly sessions: SessionsTable;
  readonly api_keys: ApiKeysTable;
  readonly outbox: OutboxTable;
  readonly witness_ledger: WitnessLedgerTable;
  readonly api_key_usage: ApiKeyUsageTable;
  readonly api_key_last_use: ApiKeyLastUseTable;
  readonly usage_reporters: UsageReportersTable;
}
