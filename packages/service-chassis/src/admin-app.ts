import { Problem } from '@engagetrack/contracts';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Registry } from 'prom-client';
import { sendProblem } from './problem-answer.ts';
import { problemFromError } from './problem-handler.ts';

/** @returns undefined when ready; else the reason, in one sentence without secrets. */
export type Readiness = () => Promise<string | undefined>;

/**
 * The endpoints for operators and orchestrators; never reachable from outside. `/livez`: the process runs. `/readyz`:
 * it can do its job now. `/metrics`: Prometheus text.
 */
export function createAdminApp({
  registry,
  readiness,
}: {
  readonly registry: Registry;
  readonly readiness: Readiness;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/livez', (_req, res) => {
    res.json({ status: 'live' });
  });
  app.get('/readyz', async (_req, res) => {
    const reason = await readiness();
    if (reason === undefined) res.json({ status: 'ready' });
    else res.status(503).json({ status: 'not ready', reason });
  });
  app.get('/metrics', async (_req, res) => {
    res.type(registry.contentType).send(await registry.metrics());
  });
  app.use((req, res) => {
    sendProblem(req, res, new Problem('not_found'));
  });
  // A check that throws means not ready, and express's own page with a stack is never sent.
  const refuse: ErrorRequestHandler = (error: unknown, req, res, _next) =>
    sendProblem(req, res, problemFromError(error));
  app.use(refuse);
  return app;
}
