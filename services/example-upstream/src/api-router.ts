import { Problem } from '@engagetrack/contracts';
import express, { type Request, type RequestHandler, Router } from 'express';
import { parseIdentity } from './identity.ts';
import { createLiveStreams } from './live-streams.ts';
import { annotationRoutes } from './routes/annotations.ts';
import { funnelRoutes } from './routes/funnels.ts';
import { goalRoutes } from './routes/goals.ts';
import type { SiteRoute } from './routes/site-route.ts';
import { siteAndReportRoutes } from './routes/sites-and-reports.ts';
import { visitorRoutes } from './routes/visitors.ts';
import { whoamiBody } from './routes/whoami.ts';
import { describeSite, isSiteId, listedSiteIds, type Site, siteBody } from './site.ts';
import { createSiteRecordsStore } from './site-records-store.ts';

export interface ApiParts {
  readonly now: () => number;
  readonly seed: number;
  readonly liveIntervalMs: number;
  readonly stopping: AbortSignal | undefined;
}

const bodyMaxBytes = 65_536;
const organizationPath = '/organizations/:organizationId';
const sitePath = `${organizationPath}/sites/:siteId`;

/** Everything below `/api/v1`, in three steps: the identity, the organization in the path, the routes. */
export function createApiRouter({ now, seed, liveIntervalMs, stopping }: ApiParts): Router {
  const store = createSiteRecordsStore(now);
  const streams = createLiveStreams({ now, intervalMs: liveIntervalMs, stopping });
  const routes: readonly SiteRoute[] = [
    ...goalRoutes(store, now),
    ...funnelRoutes(store, now),
    ...annotationRoutes(store, now),
    ...visitorRoutes(store, now),
    ...siteAndReportRoutes(now),
  ];

  const api = Router({ caseSensitive: true, strict: true });
  api.use(requireIdentity);
  api.use(organizationPath, requireOwnOrganization);
  api.get(`${organizationPath}/sites`, (req, res) => {
    const { organizationId } = parseIdentity(req.headers);
    res.json({ data: listedSiteIds.map((siteId) => siteBody(describeSite({ seed, organizationId, siteId }))) });
  });
  // Before the reports, whose path would match these two names as well.
  api.get(`${sitePath}/analytics/whoami`, (req, res) => {
    siteOf(req);
    const { method, originalUrl: url, rawHeaders, headers } = req;
    res.json(whoamiBody({ method, url, rawHeaders, headers }, parseIdentity(headers)));
  });
  api.get(`${sitePath}/analytics/live`, (req, res) => streams.open(siteOf(req), req, res));
  const readJson = express.json({ limit: bodyMaxBytes });
  for (const route of routes) api[route.method](`${sitePath}${route.path}`, readJson, answerWith(route));
  return api;

  function answerWith({ answer }: SiteRoute): RequestHandler {
    return (req, res) => {
      const path = req.originalUrl.split('?', 1)[0] ?? '';
      const call = { site: siteOf(req), id: parameter(req, 'id'), query: req.query, body: req.body, path };
      const { status, body, location } = answer(call);
      if (location !== undefined) res.location(location);
      res.status(status);
      if (body === undefined) res.end();
      else res.json(body);
    };
  }

  function siteOf(req: Request): Site {
    const siteId = parameter(req, 'siteId');
    if (!isSiteId(siteId)) throw new Problem('not_found');
    return describeSite({ seed, organizationId: parseIdentity(req.headers).organizationId, siteId });
  }
}

const requireIdentity: RequestHandler = (req, _res, next) => {
  parseIdentity(req.headers);
  next();
};

const requireOwnOrganization: RequestHandler = (req, _res, next) => {
  if (parseIdentity(req.headers).organizationId !== parameter(req, 'organizationId')) throw new Problem('not_found');
  next();
};

/** A path parameter as one text; the segments of a `*` parameter are joined again. */
function parameter(req: Request, name: string): string {
  const value = req.params[name] ?? '';
  return typeof value === 'string' ? value : value.join('/');
}
