import type { AdmissionStore } from '@engagetrack/admission-store';
import { Problem, unavailable } from '@engagetrack/contracts';
import { type Callers, createBareApp, createProblemHandler, type Logger } from '@engagetrack/service-chassis';
import type { Express, RequestHandler } from 'express';
import type { AccountStore } from './account-store.ts';
import type { Acknowledge } from './acknowledgement.ts';
import type { ApiKeyStore } from './api-key-store.ts';
import { createAuthenticateGateway } from './authenticate-gateway.ts';
import { createAuthenticateSession } from './authenticate-session.ts';
import { createAuthorizeMember } from './authorize-member.ts';
import { isDatabaseFailure } from './db/database-failure.ts';
import type { LogInLimit } from './log-in-limit.ts';
import type { KeysMetrics } from './metrics.ts';
import type { Passwords } from './passwords.ts';
import type { AnnounceChange } from './revocation-announcer.ts';
import { changePlan } from './routes/change-plan.ts';
import { createApiKey } from './routes/create-api-key.ts';
import { introspect } from './routes/introspect.ts';
import { listApiKeys } from './routes/list-api-keys.ts';
import { logIn } from './routes/log-in.ts';
import { logOut } from './routes/log-out.ts';
import { recordUsage } from './routes/record-usage.ts';
import { revokeApiKey } from './routes/revoke-api-key.ts';
import { showApiKey } from './routes/show-api-key.ts';
import { showApiKeyUsage } from './routes/show-api-key-usage.ts';
import { showOrganization } from './routes/show-organization.ts';
import { showOrganizationUsage } from './routes/show-organization-usage.ts';
import { showSession } from './routes/show-session.ts';
import { spendQuota } from './routes/spend-quota.ts';
import type { UsageStore } from './usage-store.ts';

export interface AppParts {
  readonly accounts: AccountStore;
  readonly store: ApiKeyStore;
  readonly admission: AdmissionStore;
  readonly usage: UsageStore;
  readonly acknowledge: Acknowledge;
  readonly announce: AnnounceChange;
  readonly passwords: Passwords;
  readonly logInLimit: LogInLimit;
  readonly internalToken: string;
  readonly callers: Callers;
  readonly logRequests: RequestHandler;
  readonly metrics: KeysMetrics;
  readonly log: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Every public endpoint on one screen. */
export function createPublicApp(parts: AppParts): Express {
  const { accounts, store, usage, acknowledge, announce, passwords, logInLimit: limit, internalToken } = parts;
  const { callers, metrics, now } = parts;
  const session = createAuthenticateSession(accounts);
  const member = createAuthorizeMember(session, accounts);
  const app = createBareApp().use(parts.logRequests);
  const api = '/api/v1';
  const organization = `${api}/organizations/:organizationId`;

  app
    .route(`${api}/auth/login`)
    .post(logIn({ accounts, passwords, limit, callers, internalToken, now }))
    .all(only('POST'));
  app.route(`${api}/auth/logout`).post(logOut(session, accounts)).all(only('POST'));
  app.route(`${api}/auth/session`).get(showSession(session, accounts)).all(only('GET', 'HEAD'));
  app.route(organization).get(showOrganization(member)).all(only('GET', 'HEAD'));
  app
    .route(`${organization}/plan`)
    .put(changePlan({ authorize: member, store, acknowledge, announce }))
    .all(only('PUT'));
  app
    .route(`${organization}/api-keys`)
    .get(listApiKeys(member, store))
    .post(createApiKey(member, store))
    .all(only('GET', 'HEAD', 'POST'));
  app
    .route(`${organization}/api-keys/:keyId`)
    .get(showApiKey(member, store))
    .delete(revokeApiKey({ authorize: member, store, acknowledge, announce, metrics }))
    .all(only('DELETE', 'GET', 'HEAD'));
  app
    .route(`${organization}/api-keys/:keyId/usage`)
    .get(showApiKeyUsage({ authorize: member, store, usage, now }))
    .all(only('GET', 'HEAD'));
  app
    .route(`${organization}/api-key-usage`)
    .get(showOrganizationUsage(member, usage, now))
    .all(only('GET', 'HEAD'));
  return finish(app, parts.log);
}

/** The endpoints for gateways, on a listener of its own that is never reachable from outside. */
export function createInternalApp(parts: AppParts): Express {
  const gateway = createAuthenticateGateway(parts.internalToken);
  const app = createBareApp().use(parts.logRequests);
  app.route('/internal/introspect').post(introspect(gateway, parts.store)).all(only('POST'));
  app.route('/internal/spend').post(spendQuota(gateway, parts.admission)).all(only('POST'));
  app
    .route('/internal/usage')
    .post(recordUsage(gateway, parts.usage, parts.now))
    .all(only('POST'));
  return finish(app, parts.log);
}

/** RFC 9110 section 15.5.6: a 405 lists the allowed methods. */
function only(...methods: readonly string[]): RequestHandler {
  return () => {
    throw new Problem('method_not_allowed', { headers: { Allow: methods.join(', ') } });
  };
}

function finish(app: Express, log: Logger): Express {
  app.use(() => {
    throw new Problem('not_found', { reason: 'no_endpoint' });
  });
  app.use(
    createProblemHandler(log, (error) =>
      isDatabaseFailure(error) ? unavailable('database_failed', error) : undefined,
    ),
  );
  return app;
}
