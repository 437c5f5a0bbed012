import { createServer, type Server } from 'node:http';
import { Problem } from '@engagetrack/contracts';
import {
  createBareApp,
  createCallers,
  createProblemHandler,
  createRequestMetrics,
  type Logger,
  logRequests,
  noProxies,
  type Readiness,
  type TrustedProxies,
} from '@engagetrack/service-chassis';
import type { Express } from 'express';
import type { Registry } from 'prom-client';
import type { Assets } from './assets-folder.ts';
import { checkOrigin } from './check-origin.ts';
import { createForward, type Forward } from './forward.ts';
import { createKeyServiceClient } from './key-service-client.ts';
import { createOutgoingHeaders } from './outgoing-headers.ts';
import { dashboardReadiness } from './readiness.ts';
import { logIn } from './routes/log-in.ts';
import { logOut } from './routes/log-out.ts';
import { sendTestRequest } from './routes/send-test-request.ts';
import { setSecurityHeaders } from './security-headers.ts';
import { serveAsset, servePage } from './serve-assets.ts';
import { createSessionCookie } from './session-cookie.ts';

export interface DashboardParts {
  readonly keysUrl: string;
  /** Where test requests are sent. */
  readonly gatewayUrl: string;
  /** The gateway's address as customers know it; `gatewayUrl` when undefined. */
  readonly publicGatewayUrl?: string | undefined;
  /**
   * The dashboard's own address in browsers; with `https:` the session cookie is `Secure` and `__Host-`. Undefined: the
   * address in the request's Host field, over plain HTTP.
   */
  readonly publicUrl?: string | undefined;
  readonly assets: Assets;
  /** Our own load balancers in front of this server; none when absent. */
  readonly trustedProxies?: TrustedProxies | undefined;
  /** Lets the key service count log-in attempts by the browser's address rather than by this server's. */
  readonly internalToken?: string | undefined;
  readonly log: Logger;
  readonly registry: Registry;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

export interface Dashboard {
  /** Not yet listening. */
  readonly server: Server;
  readonly readiness: Readiness;
  close(): void;
}

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** The pages of the application; any other address shows the same page with status 404. */
const pagePaths = ['/', '/login', '/settings/api-keys', '/settings/billing', '/docs/api-keys'];

/** The dashboard's server: static pages, the session cookie, and a same-origin `/api` in front of the key service. */
export function createDashboard(parts: DashboardParts): Dashboard {
  const { keysUrl, publicUrl, log } = parts;
  const secure = publicUrl !== undefined && new URL(publicUrl).protocol === 'https:';
  const cookie = createSessionCookie(secure);
  const outgoingHeaders = createOutgoingHeaders({
    internalToken: parts.internalToken,
    callers: createCallers(parts.trustedProxies ?? noProxies, log),
  });
  const ask = createKeyServiceClient(keysUrl, outgoingHeaders);
  const forward = createForward({
    keysUrl,
    cookie,
    outgoingHeaders,
    onFault: (error) => log.warn({ at: 'problem', reason: 'key_service_unreachable', err: error }),
  });

  const app = createBareApp();
  const metrics = createRequestMetrics({ registry: parts.registry, service: 'dashboard' });
  app.use(logRequests({ log, metrics, monotonicNow: parts.monotonicNow }));
  app.use(setSecurityHeaders(secure));
  app.use(checkOrigin(publicUrl));
  app.post('/api/v1/auth/login', logIn(ask, cookie));
  app.post('/api/v1/auth/logout', logOut(ask, cookie));
  app.post('/api/test-request', sendTestRequest({ gatewayUrl: parts.gatewayUrl, ask, cookie }));
  forwardApi(app, forward);
  servePages(app, parts);
  app.use(createProblemHandler(log));

  return {
    server: createServer({ headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs }, app),
    readiness: dashboardReadiness(keysUrl),
    close: () => forward.close(),
  };
}

function forwardApi(app: Express, { toKeyService }: Forward): void {
  app.get('/api/v1/auth/session', toKeyService);
  app.all('/api/v1/organizations/*rest', toKeyService);
  app.all('/api/*rest', () => {
    throw new Problem('not_found', { reason: 'no_endpoint' });
  });
}

function servePages(app: Express, { assets, publicGatewayUrl, gatewayUrl }: DashboardParts): void {
  const page = servePage(assets, publicGatewayUrl ?? gatewayUrl);
  app.get('/assets/*name', serveAsset(assets));
  app.get(pagePaths, page(200));
  app.get('/*unknown', page(404));
  app.use(() => {
    throw new Problem('method_not_allowed', { headers: { Allow: 'GET, HEAD' } });
  });
}
