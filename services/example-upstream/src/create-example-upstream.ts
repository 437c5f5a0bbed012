import { Problem } from '@engagetrack/contracts';
import type { Logger } from '@engagetrack/service-chassis';
import express, { type Express } from 'express';
import { createProblemAnswerer } from './answer-problem.ts';
import { createApiRouter } from './api-router.ts';

export interface ExampleUpstreamParts {
  readonly log: Logger;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** All sites, figures and visitors follow from this seed and the organization's id. */
  readonly seed?: number;
  /** Milliseconds between two events of a live stream. */
  readonly liveIntervalMs?: number;
  /** Ends the live streams when the process is about to stop, because they do not end by themselves. */
  readonly stopping?: AbortSignal;
}

const defaultSeed = 1;
const defaultLiveIntervalMs = 1_000;

/**
 * A stand-in for the analytics services behind the gateway.
 *
 * It trusts the identity headers and nothing else, so it must only be reachable through the gateway. It does not judge
 * scopes, plans or limits: the gateway already has.
 */
export function createExampleUpstream({
  log,
  now,
  seed = defaultSeed,
  liveIntervalMs = defaultLiveIntervalMs,
  stopping,
}: ExampleUpstreamParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.enable('case sensitive routing');
  app.enable('strict routing');
  app.get('/livez', (_req, res) => {
    res.json({ status: 'live' });
  });
  app.use((req, res, next) => {
    const { method, path } = req;
    res.once('close', () => log.debug({ at: 'request', method, path, status: res.statusCode }));
    next();
  });
  app.use('/api/v1', createApiRouter({ now, seed, liveIntervalMs, stopping }));
  app.use(() => {
    throw new Problem('not_found');
  });
  app.use(createProblemAnswerer(log));
  return app;
}
