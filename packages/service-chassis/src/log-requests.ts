import type { RequestHandler } from 'express';
import type { Logger } from './logger.ts';
import { requestIdFrom } from './request-id.ts';
import type { RequestMetrics } from './request-metrics.ts';

export interface LogRequestsOptions {
  readonly log: Logger;
  readonly metrics: RequestMetrics;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/**
 * Writes one log line and one count for each request, when its connection is done with the answer. `reason` is the
 * `X-Error-Code` of a refusal. The line names the route, never the path, because a path contains ids.
 *
 * The request's id is set on the answer and on the request: a handler that forwards the request sends this id, and one
 * id finds the log lines of both processes.
 */
export function logRequests({ log, metrics, monotonicNow }: LogRequestsOptions): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = monotonicNow();
    const requestId = requestIdFrom(req.headers['x-request-id']);
    req.headers['x-request-id'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    const { method } = req;
    res.once('close', () => {
      const ms = monotonicNow() - startedAtMs;
      const pattern: unknown = req.route?.path;
      const route = typeof pattern === 'string' ? `${method} ${pattern}` : 'none';
      metrics.requests.inc({ route, status: res.statusCode });
      metrics.duration.observe({ route }, ms / 1000);
      log.info({
        at: 'request',
        request_id: requestId,
        route,
        status: res.statusCode,
        reason: res.getHeader('x-error-code') ?? (res.writableFinished ? 'answered' : 'abandoned'),
        ms: Math.round(ms * 10) / 10,
      });
    });
    next();
  };
}
