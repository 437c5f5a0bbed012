import { type Logger, requestIdFrom } from '@engagetrack/service-chassis';
import type { RequestHandler } from 'express';
import type { DashboardMetrics } from './metrics.ts';

export interface RequestLineParts {
  readonly log: Logger;
  readonly metrics: DashboardMetrics;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** One request, one log line and one count. The line names the route, never the path: a path holds ids. */
export function createRequestLine({ log, metrics, monotonicNow }: RequestLineParts): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = monotonicNow();
    const requestId = requestIdFrom(req.headers['x-request-id']);
    // Also what is sent on to the key service, so that one id finds both log lines.
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
