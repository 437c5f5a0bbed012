import type { OrganizationBody, OrganizationId, Plan, Role, UserId } from '@engagetrack/contracts';
import { sql } from 'kysely';
import type { KeysDatabase } from './db/database.ts';
import type { SessionTokenHash } from './session-token.ts';

export interface User {
  readonly id: UserId;
  readonly email: string;
  readonly name: string;
}

export interface AccountStore {
  /** @param email lower-case. */
  findUserByEmail(email: string): Promise<(User & { readonly passwordHash: string }) | undefined>;
  /** The user of a live session. */
  findSession(tokenHash: SessionTokenHash): Promise<User | undefined>;
  addSession(session: {
    readonly tokenHash: SessionTokenHash;
    readonly userId: UserId;
    readonly expiresAt: Date;
  }): Promise<void>;
  removeSession(tokenHash: SessionTokenHash): Promise<void>;
  listOrganizations(userId: UserId): Promise<readonly OrganizationBody[]>;
  /** The organization as this member sees it; undefined for a user who is not a member, whether or not it exists. */
  findOrganization(organizationId: OrganizationId, userId: UserId): Promise<OrganizationBody | undefined>;
  addUser(user: User & { readonly passwordHash: string }): Promise<void>;
  addOrganization(organization: {
    readonly id: OrganizationId;
    readonly name: string;
    readonly plan: Plan;
    readonly members: readonly { readonly userId: UserId; readonly role: Role }[];
  }): Promise<void>;
  countOrganizations(): Promise<number>;
}

/** Sessions. The log-in beyond it ends the user's oldest session. */
const sessionsPerUserMax = 100;

export function createAccountStore(database: KeysDatabase): AccountStore {
  return {
    findUserByEmail: async (email) => {
      const row = await database
        .selectFrom('users')
        .select(['id', 'email', 'name', 'password_hash'])
        .where('email', '=', email)
        .executeTakeFirst();
      return row && { id: row.id, email: row.email, name: row.name, passwordHash: row.password_hash };
    },
    findSession: (tokenHash) =>
      database
        .selectFrom('sessions')
        .innerJoin('users', 'users.id', 'sessions.user_id')
        .select(['users.id', 'users.email', 'users.name'])
        .where('sessions.token_hash', '=', tokenHash)
        .where('sessions.expires_at', '>', sql<Date>`now()`)
        .executeTakeFirst(),
    addSession: ({ tokenHash, userId, expiresAt }) =>
      database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('sessions')
          .values({ token_hash: tokenHash, user_id: userId, expires_at: expiresAt })
          .execute();
        const kept = transaction
          .selectFrom('sessions')
          .select('token_hash')
          .where('user_id', '=', userId)
          .where('expires_at', '>', sql<Date>`now()`)
          .orderBy('created_at', 'desc')
          .limit(sessionsPerUserMax);
        await transaction
          .deleteFrom('sessions')
          .where('user_id', '=', userId)
          .where('token_hash', 'not in', kept)
          .execute();
      }),
    removeSession: async (tokenHash) => {
      await database.deleteFrom('sessions').where('token_hash', '=', tokenHash).execute();
    },
    listOrganizations: (userId) => membershipsOf(userId).orderBy('organizations.name').execute(),
    findOrganization: (organizationId, userId) =>
      membershipsOf(userId).where('organizations.id', '=', organizationId).executeTakeFirst(),
    addUser: async ({ id, email, name, passwordHash }) => {
      await database.insertInto('users').values({ id, email, name, password_hash: passwordHash }).execute();
    },
    addOrganization: ({ id, name, plan, members }) =>
      database.transaction().execute(async (transaction) => {
        await transaction.insertInto('organizations').values({ id, name, plan }).execute();
        for (const { userId, role } of members)
          await transaction.insertInto('members').values({ organization_id: id, user_id: userId, role }).execute();
      }),
    countOrganizations: async () => {
      const { count } = await database
        .selectFrom('organizations')
        .select(sql<number>`count(*)::int`.as('count'))
        .executeTakeFirstOrThrow();
      return count;
    },
  };

  function membershipsOf(userId: UserId) {
    return database
      .selectFrom('members')
      .innerJoin('organizations', 'organizations.id', 'members.organization_id')
      .select(['organizations.id', 'organizations.name', 'organizations.plan', 'members.role'])
      .where('members.user_id', '=', userId);
  }
}
