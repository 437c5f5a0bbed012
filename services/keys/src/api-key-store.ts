import type { Mark } from '@engagetrack/admission-store';
import type { ApiKeyHash } from '@engagetrack/api-key';
import type {
  ApiKeyId,
  ApiKeyStatus,
  Introspection,
  OrganizationId,
  Plan,
  Scope,
  UserId,
} from '@engagetrack/contracts';
import { sql, type Transaction } from 'kysely';
import type { KeysDatabase, KeysDatabases } from './db/database.ts';
import type { Schema } from './db/schema.ts';

/** The stored facts of a key that may be shown: never the key, never its hash. */
export interface StoredApiKey {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly lastFour: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
}

/** A key with its revocation and its creator. */
export interface RecordedApiKey extends StoredApiKey {
  readonly createdBy: { readonly id: UserId; readonly name: string };
  readonly revokedAt: Date | null;
}

export interface NewApiKey {
  readonly id: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly hash: ApiKeyHash;
  readonly lastFour: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt: Date | null;
  readonly createdBy: UserId;
}

export interface ListOptions {
  readonly status: ApiKeyStatus;
  readonly limit: number;
  readonly after?: ListPosition | undefined;
}

/** A position in the list, newest first; the entries after it are older. */
export interface ListPosition {
  readonly createdAt: Date;
  readonly id: ApiKeyId;
}

/** How many keys and organizations were restored because the database had lost them. */
export interface Restored {
  readonly keys: number;
  readonly organizations: number;
}

/** The only file with SQL on keys, plans and the outbox. Every statement by key id also filters on the organization. */
export interface ApiKeyStore {
  /**
   * @returns `too_many` when the organization has as many active keys as it may have; `ended` when the key's end is not
   * in the future by the database's clock, which also judges it at each introspection.
   */
  add(key: NewApiKey): Promise<StoredApiKey | 'too_many' | 'ended'>;
  /** Newest first. */
  list(organizationId: OrganizationId, options: ListOptions): Promise<readonly RecordedApiKey[]>;
  /** Finds an active key only. */
  find(organizationId: OrganizationId, keyId: ApiKeyId): Promise<StoredApiKey | undefined>;
  /**
   * Revokes and notes the change in the outbox, in one transaction. A key that is revoked already stays as it is.
   * @returns `unknown` when the organization has no such key, `already` when an earlier call has revoked it.
   */
  revoke(
    organizationId: OrganizationId,
    keyId: ApiKeyId,
    revokedBy: UserId,
  ): Promise<'revoked' | 'already' | 'unknown'>;
  /**
   * Sets the plan, raises the epoch and notes it in the outbox, in one transaction; the same plan changes nothing.
   * @returns the organization's epoch.
   */
  setPlan(organizationId: OrganizationId, plan: Plan): Promise<number>;
  /**
   * Restores changes that the marker store knows and a restored database has lost: revokes the keys that are not
   * revoked, and raises lower epochs above the marked ones, so that gateways ask again for what they knew under those.
   * The one method with statements across organizations, because a marker names none.
   */
  restore(marks: readonly Mark[]): Promise<Restored>;
  introspect(hash: ApiKeyHash): Promise<Introspection>;
}

export const activeKeysPerOrganizationMax = 1_000;

/**
 * Days. A key that was revoked earlier is no longer listed; until then its owner can look for what stopped working with
 * it.
 */
const revokedShownDays = 90;

export function createApiKeyStore({ main, introspection }: KeysDatabases): ApiKeyStore {
  return {
    add: (key) =>
      main.transaction().execute(async (transaction) => {
        // Locks the organization's row, so that the ceiling holds for concurrent creations too.
        await transaction
          .selectFrom('organizations')
          .select('id')
          .where('id', '=', key.organizationId)
          .forUpdate()
          .execute();
        if (key.expiresAt !== null && (await hasPassed(transaction, key.expiresAt))) return 'ended';
        if ((await countActive(transaction, key.organizationId)) >= activeKeysPerOrganizationMax) return 'too_many';
        const row = await transaction
          .insertInto('api_keys')
          .values({
            id: key.id,
            organization_id: key.organizationId,
            name: key.name,
            key_hash: key.hash,
            last_four: key.lastFour,
            scopes: [...key.scopes],
            expires_at: key.expiresAt,
            created_by: key.createdBy,
          })
          .returning(['id', 'name', 'last_four', 'scopes', 'created_at', 'expires_at'])
          .executeTakeFirstOrThrow();
        return storedApiKey({ ...row, last_used_at: null });
      }),
    list: async (organizationId, { status, limit, after }) => {
      let query = shownOf(main, organizationId, status)
        .orderBy('api_keys.created_at', 'desc')
        .orderBy('api_keys.id', 'desc')
        .limit(limit);
      if (after !== undefined)
        query = query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('api_keys.created_at', 'api_keys.id'), '<', tuple(after.createdAt, after.id)),
        );
      return (await query.execute()).map((row) => ({
        ...storedApiKey(row),
        createdBy: { id: row.created_by, name: row.creator },
        revokedAt: row.revoked_at,
      }));
    },
    find: async (organizationId, keyId) => {
      const row = await shownOf(main, organizationId, 'active').where('api_keys.id', '=', keyId).executeTakeFirst();
      return row && storedApiKey(row);
    },
    revoke: (organizationId, keyId, revokedBy) =>
      main.transaction().execute(async (transaction) => {
        const key = await transaction
          .selectFrom('api_keys')
          .select('revoked_at')
          .where('organization_id', '=', organizationId)
          .where('id', '=', keyId)
          .forUpdate()
          .executeTakeFirst();
        if (key === undefined) return 'unknown';
        if (key.revoked_at !== null) return 'already';
        await transaction
          .updateTable('api_keys')
          .set({ revoked_at: sql<Date>`now()`, revoked_by: revokedBy })
          .where('organization_id', '=', organizationId)
          .where('id', '=', keyId)
          .execute();
        await noteChange(transaction, organizationId, { kind: 'key_revoked', keyId });
        return 'revoked';
      }),
    setPlan: (organizationId, plan) =>
      main.transaction().execute(async (transaction) => {
        const current = await transaction
          .selectFrom('organizations')
          .select(['plan', 'epoch'])
          .where('id', '=', organizationId)
          .forUpdate()
          .executeTakeFirstOrThrow();
        if (current.plan === plan) return current.epoch;
        const { epoch } = await transaction
          .updateTable('organizations')
          .set({ plan, epoch: current.epoch + 1 })
          .where('id', '=', organizationId)
          .returning('epoch')
          .executeTakeFirstOrThrow();
        await noteChange(transaction, organizationId, { kind: 'organization_changed', organizationId, epoch });
        return epoch;
      }),
    restore: (marks) =>
      main.transaction().execute(async (transaction) => {
        const revoked = await revokeAll(
          transaction,
          marks.flatMap((mark) => (mark.kind === 'key_revoked' ? [mark.keyId] : [])),
        );
        for (const { id, organization_id: organizationId } of revoked)
          await noteChange(transaction, organizationId, { kind: 'key_revoked', keyId: id });
        let organizations = 0;
        for (const mark of marks) {
          if (mark.kind !== 'organization_changed') continue;
          const epoch = await raiseEpochAbove(transaction, mark.organizationId, mark.epoch);
          if (epoch === undefined) continue;
          organizations += 1;
          await noteChange(transaction, mark.organizationId, { ...mark, epoch });
        }
        return { keys: revoked.length, organizations };
      }),
    introspect: async (hash) => {
      const row = await introspection
        .selectFrom('api_keys')
        .innerJoin('organizations', 'organizations.id', 'api_keys.organization_id')
        .select(['api_keys.id', 'api_keys.organization_id', 'api_keys.scopes', 'api_keys.expires_at'])
        .select(['organizations.plan', 'organizations.epoch', sql<Date>`now()`.as('as_of')])
        .where('api_keys.key_hash', '=', hash)
        .where('api_keys.revoked_at', 'is', null)
        .where(({ eb }) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]))
        .executeTakeFirst();
      if (row === undefined) return { active: false };
      return {
        active: true,
        key: {
          id: row.id,
          organization_id: row.organization_id,
          scopes: row.scopes,
          expires_at: row.expires_at?.toISOString() ?? null,
        },
        organization: { plan: row.plan, epoch: row.epoch },
        as_of: row.as_of.toISOString(),
      };
    },
  };
}

type Connection = KeysDatabase | Transaction<Schema>;

/** Active: neither revoked nor expired. */
function keysOf(connection: Connection, organizationId: OrganizationId, status: ApiKeyStatus) {
  const keys = connection.selectFrom('api_keys').where('api_keys.organization_id', '=', organizationId);
  switch (status) {
    case 'active':
      return keys
        .where('revoked_at', 'is', null)
        .where(({ eb }) => eb.or([eb('expires_at', 'is', null), eb('expires_at', '>', sql<Date>`now()`)]));
    case 'expired':
      return keys.where('revoked_at', 'is', null).where('expires_at', '<=', sql<Date>`now()`);
    case 'revoked':
      return keys.where('revoked_at', '>', sql<Date>`now() - ${revokedShownDays} * interval '1 day'`);
  }
}

function shownOf(connection: Connection, organizationId: OrganizationId, status: ApiKeyStatus) {
  return keysOf(connection, organizationId, status)
    .innerJoin('users', 'users.id', 'api_keys.created_by')
    .leftJoin('api_key_last_use', (join) =>
      join
        .onRef('api_key_last_use.organization_id', '=', 'api_keys.organization_id')
        .onRef('api_key_last_use.key_id', '=', 'api_keys.id'),
    )
    .select(['api_keys.id', 'api_keys.name', 'last_four', 'scopes', 'api_keys.created_at', 'expires_at'])
    .select(['api_key_last_use.last_used_at', 'api_keys.created_by', 'users.name as creator', 'revoked_at']);
}

async function hasPassed(connection: Connection, instant: Date): Promise<boolean> {
  const { rows } = await sql<{ passed: boolean }>`SELECT ${instant}::timestamptz <= now() AS passed`.execute(
    connection,
  );
  return rows[0]?.passed !== false;
}

async function countActive(connection: Connection, organizationId: OrganizationId): Promise<number> {
  const { count } = await keysOf(connection, organizationId, 'active')
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function noteChange(
  transaction: Transaction<Schema>,
  organizationId: OrganizationId,
  change: Mark,
): Promise<void> {
  await transaction
    .insertInto('outbox')
    .values({
      organization_id: organizationId,
      key_id: change.kind === 'key_revoked' ? change.keyId : null,
      epoch: change.kind === 'organization_changed' ? change.epoch : null,
    })
    .execute();
}

async function revokeAll(transaction: Transaction<Schema>, keyIds: readonly ApiKeyId[]) {
  if (keyIds.length === 0) return [];
  return transaction
    .updateTable('api_keys')
    .set({ revoked_at: sql<Date>`now()` })
    .where('id', 'in', keyIds)
    .where('revoked_at', 'is', null)
    .returning(['id', 'organization_id'])
    .execute();
}

/** @returns the new epoch, or undefined when the organization's epoch is not lower. */
async function raiseEpochAbove(
  transaction: Transaction<Schema>,
  organizationId: OrganizationId,
  epoch: number,
): Promise<number | undefined> {
  const raised = await transaction
    .updateTable('organizations')
    .set({ epoch: epoch + 1 })
    .where('id', '=', organizationId)
    .where('epoch', '<', epoch)
    .returning('epoch')
    .executeTakeFirst();
  return raised?.epoch;
}

interface ShownRow {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly last_four: string;
  readonly scopes: Scope[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

function storedApiKey(row: ShownRow): StoredApiKey {
  return {
    id: row.id,
    name: row.name,
    lastFour: row.last_four,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
  };
}
