import { Problem } from '@engagetrack/contracts';
import type { Logger } from '@engagetrack/service-chassis';
import express, { type Express } from 'express';
import { createProblemAnswerer } from './answer-problem.ts';
import { createApiRouter } from './api-router.ts';

export interface ExampleUpstreamParts {
  readonly log: Logger;
  /** Unix time in milliseconds. */
  readonly now: () => number;
  /** Another seed, another world: sites, figures and visitors all follow from it and the organization's id. */
  readonly seed?: number;
  /** Time between two events of a live stream. */
  readonly liveIntervalMs?: number;
  /** Ends the live streams when the process is about to stop: they would never end by themselves. */
  readonly stopping?: AbortSignal;
}

const defaultSeed = 1;
const defaultLiveIntervalMs = 1_000;

/**
 * A stand-in for the analytics services behind the gateway.
 *
 * It believes the identity headers and nothing else: it must only be reachable through the gateway. It does not judge
 * scopes, plans or limits; that has been done when a request arrives here.
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
