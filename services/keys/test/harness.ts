import { PGlite } from '@electric-sql/pglite';
import { createMemoryAnnouncementBus, createMemoryStores, type RevocationStore } from '@engagetrack/admission-store';
import {
  type Announcement,
  type OrganizationId,
  organizationIdSchema,
  type Plan,
  type Role,
} from '@engagetrack/contracts';
import { createLogger } from '@engagetrack/service-chassis';
import { listenOnLoopback } from '@engagetrack/test-ground';
import { createTestDatabase, hasRunStore } from '@engagetrack/test-ground/stores';
import { Kysely, PGliteDialect } from 'kysely';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import { createAccountStore } from '../src/account-store.ts';
import type { Schema } from '../src/db/schema.ts';
import { newUserId } from '../src/ids.ts';
import { createKeysService, createPasswords, type KeysDatabases, migrate, openPostgres } from '../src/index.ts';
import { reachable } from './reachable.ts';

export const internalToken = 'internal-token-of-the-key-service-tests';
export const password = 'correct horse battery staple';

export type DatabaseKind = 'Postgres' | 'PGlite';
export type KeysHarness = Awaited<ReturnType<typeof startKeys>>;

/** Postgres where the test run has one, else the embedded database. */
export const usualDatabase: DatabaseKind = hasRunStore('postgres') ? 'Postgres' : 'PGlite';

/** Both kinds where the test run has Postgres, else the embedded database alone. */
export const databaseKinds: readonly DatabaseKind[] =
  usualDatabase === 'Postgres' ? ['Postgres', 'PGlite'] : ['PGlite'];

/**
 * Starts a real key service on a database of its own; tests speak to it over HTTP.
 * @param now its clock, Unix milliseconds, within seconds of the database's own clock.
 */
export async function startKeys(kind: DatabaseKind = usualDatabase, now: () => number = Date.now) {
  const databases = await openDatabases(kind);
  await migrate(databases.main);
  const stores = createMemoryStores(Date.now);
  let storeDown = false;
  const unlessDown = <Result>(call: () => Promise<Result>): Promise<Result> =>
    storeDown ? Promise.reject(new Error('connection lost')) : call();
  const revocations: RevocationStore = {
    mark: (marks) => unlessDown(() => stores.revocations.mark(marks)),
    openCycle: () => unlessDown(() => stores.revocations.openCycle()),
    visitMarks: (visit) => unlessDown(() => stores.revocations.visitMarks(visit)),
  };
  const announcements = createMemoryAnnouncementBus();
  const announced: Announcement[] = [];
  announcements.subscribe((announcement) => announced.push(announcement));
  const logLines: string[] = [];
  const registry = new Registry();
  const service = createKeysService({
    databases,
    revocations,
    admission: stores.admission,
    announcements,
    internalToken,
    log: createLogger({ service: 'keys', level: 'trace', stream: { write: (line) => logLines.push(line) } }),
    registry,
    now,
    monotonicNow: () => performance.now(),
  });
  const accounts = createAccountStore(databases.main);
  const passwordHash = await createPasswords().hash(password);
  const api = await listenOnLoopback(service.publicServer);
  const internal = await listenOnLoopback(service.internalServer);

  return {
    url: api.url,
    databases,
    /** The gateways' side of the store. */
    admission: stores.admission,
    /** The key service's side of the store, which setStoreDown does not affect. */
    revocations: stores.revocations,
    announced,
    logLines,
    registry,
    readiness: service.readiness,
    api: () => supertest(api.url),
    internal: () => supertest(internal.url),
    setStoreDown: (down: boolean) => {
      storeDown = down;
    },
    addUser: async (email: string) => {
      const id = newUserId();
      await accounts.addUser({ id, email, name: 'Some One', passwordHash });
      return id;
    },
    addOrganization: async (
      id: string,
      plan: Plan,
      members: Readonly<Record<string, Role>>,
    ): Promise<OrganizationId> => {
      const organizationId = organizationIdSchema.parse(id);
      const found = await Promise.all(
        Object.entries(members).map(async ([email, role]) => {
          const user = await accounts.findUserByEmail(email);
          if (user === undefined) throw new Error(`There is no user ${email}`);
          return { userId: user.id, role };
        }),
      );
      await accounts.addOrganization({ id: organizationId, name: `Organization ${id}`, plan, members: found });
      return organizationId;
    },
    /** The Authorization value of a new session. */
    logIn: async (email: string): Promise<string> => {
      const answer = await supertest(api.url).post('/api/v1/auth/login').send({ email, password });
      if (answer.status !== 200) throw new Error(`Log-in answered ${answer.status}: ${answer.text}`);
      return `Bearer ${answer.body.token}`;
    },
    introspect: (hash: string) =>
      supertest(internal.url)
        .post('/internal/introspect')
        .set('authorization', `Bearer ${internalToken}`)
        .send({ key_hash: hash }),
    /** Reports usage as a gateway does. */
    reportUsage: (report: {
      readonly gateway_id: string;
      readonly number: number;
      readonly counts: readonly object[];
    }) => supertest(internal.url).post('/internal/usage').set('authorization', `Bearer ${internalToken}`).send(report),
    stop: async () => {
      await Promise.all([api.close(), internal.close()]);
      await service.close();
      await databases.close();
    },
  };
}

async function openDatabases(kind: DatabaseKind): Promise<KeysDatabases> {
  if (kind === 'Postgres') {
    const { url, drop } = await createTestDatabase();
    const databases = openPostgres(url, createLogger({ service: 'keys', level: 'silent' }));
    await reachable(databases);
    return {
      ...databases,
      close: async () => {
        await databases.close();
        await drop();
      },
    };
  }
  const database = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite: await PGlite.create() }) });
  return {
    main: database,
    introspection: database,
    renewal: database,
    usage: database,
    close: () => database.destroy(),
  };
}
