import { createdApiKeySchema } from '@engagetrack/contracts';
import {
  type ApiClient,
  createApiClient,
  listeningAddresses,
  type Product,
  type RunningProcess,
  startProcess,
  startProduct,
} from '@engagetrack/test-ground';
import { createTestDatabase, runStoreUrl, type TestDatabase, withClient } from '@engagetrack/test-ground/stores';

/** The whole product with the dashboard in front, as processes. */
export interface System {
  /** The dashboard's address. */
  readonly url: string;
  readonly gatewayUrl: string;
  readonly product: Product;
  readonly dashboard: RunningProcess;
  readonly owner: Product['owner'];
  /** Calls the gateway, as any program does. */
  readonly api: ApiClient;
  /** The one session for all that a test prepares. */
  ownerSession(): Promise<string>;
  /**
   * Runs a statement in the key service's database, for a state that no request can make, such as a member or a key's
   * past.
   */
  sql(statement: string, values?: readonly unknown[]): Promise<void>;
  /** A member whose password is the owner's. */
  addMember(member: { readonly organizationId: string; readonly email: string; readonly role: string }): Promise<void>;
  addOrganization(organization: { readonly id: string; readonly name: string; readonly plan: string }): Promise<void>;
  stop(): Promise<void>;
}

export async function startSystem(): Promise<System> {
  const database: TestDatabase = await createTestDatabase();
  const product = await startProduct({
    redisUrl: await runStoreUrl('redis'),
    databaseUrl: database.url,
    gateways: 1,
  });
  const [gateway] = product.gateways;
  if (gateway === undefined) throw new Error('One gateway was asked for');
  const gatewayUrl = gateway.address('api');
  const dashboard = startProcess({
    main: 'services/dashboard/src/server/main.ts',
    environment: {
      HOST: '127.0.0.1',
      LOG_LEVEL: 'trace',
      DASHBOARD_PORT: '0',
      DASHBOARD_ADMIN_PORT: '0',
      KEYS_URL: product.keys.address('api'),
      GATEWAY_URL: gatewayUrl,
    },
  });
  const url = (await listeningAddresses(dashboard)).get('site');
  if (url === undefined) throw new Error('The dashboard does not say where it listens');
  const { owner } = product;
  const api = createApiClient(gatewayUrl, owner.organizationId);
  let session: Promise<string> | undefined;
  const sql: System['sql'] = async (statement, values = []) => {
    await withClient(database.url, (client) => client.query(statement, [...values]));
  };

  return {
    url,
    gatewayUrl,
    product,
    dashboard,
    owner,
    api,
    ownerSession: () => {
      session ??= api.logIn(owner.email, owner.password);
      return session;
    },
    sql,
    addOrganization: ({ id, name, plan }) =>
      sql('insert into organizations (id, name, plan) values ($1, $2, $3)', [id, name, plan]),
    addMember: async ({ organizationId, email, role }) => {
      const id = `usr_${email.replace(/[^a-z0-9]/g, '')}`;
      await sql(
        `insert into users (id, email, name, password_hash)
         select $1, $2, $3, password_hash from users where email = $4 on conflict do nothing`,
        [id, email, email.split('@')[0], owner.email],
      );
      await sql('insert into members (organization_id, user_id, role) select $1, id, $3 from users where email = $2', [
        organizationId,
        email,
        role,
      ]);
    },
    stop: async () => {
      await dashboard.stop();
      await product.stop();
      await database.drop();
    },
  };
}

export interface KeyOptions {
  readonly name: string;
  readonly organizationId?: string;
  readonly scopes?: readonly string[];
  readonly expiresInDays?: number;
  readonly usedMinutesAgo?: number;
  /** Requests in each of the last hours, the current one last. */
  readonly requestsByHour?: readonly number[];
  /** How many requests of the current hour were refused with 429. */
  readonly limited?: number;
  readonly createdDaysAgo?: number;
  readonly expiredDaysAgo?: number;
  readonly revokedDaysAgo?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Creates a key with a past, as the owner. @returns the key. */
export async function createKey(system: System, options: KeyOptions): Promise<string> {
  const { name, organizationId = 'org_demo', scopes = ['analytics:read', 'sites:read'], expiresInDays } = options;
  const bearer = await system.ownerSession();
  const path = `/api/v1/organizations/${organizationId}/api-keys`;
  const expiresAt = expiresInDays === undefined ? null : new Date(Date.now() + expiresInDays * dayMs).toISOString();
  const { text } = await system.api.request('POST', path, { bearer, body: { name, scopes, expires_at: expiresAt } });
  const { id, key } = createdApiKeySchema.parse(JSON.parse(text));
  await system.sql(
    `update api_keys set created_at = now() - make_interval(days => $2),
       expires_at = coalesce(now() - make_interval(days => $3), expires_at), revoked_at = now() - make_interval(days => $4)
     where id = $1`,
    [id, options.createdDaysAgo ?? 0, options.expiredDaysAgo ?? null, options.revokedDaysAgo ?? null],
  );
  if (options.usedMinutesAgo !== undefined)
    await system.sql(
      `insert into api_key_last_use (organization_id, key_id, last_used_at)
       values ($1, $2, now() - make_interval(mins => $3))`,
      [organizationId, id, options.usedMinutesAgo],
    );
  const { requestsByHour = [], limited = 0 } = options;
  for (const [hour, requests] of requestsByHour.entries()) {
    const hoursAgo = requestsByHour.length - 1 - hour;
    const refused = hoursAgo === 0 ? limited : 0;
    await system.sql(
      `insert into api_key_usage
         (organization_id, key_id, hour, route_class, succeeded, client_errors, limited, server_errors)
       values ($1, $2, date_trunc('hour', now()) - make_interval(hours => $3), 'analytics', $4, 0, $5, 0)`,
      [organizationId, id, hoursAgo, requests - refused, refused],
    );
  }
  return key;
}
