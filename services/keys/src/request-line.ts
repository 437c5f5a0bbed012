import type { Logger } from '@engagetrack/service-chassis';
import { requestIdFrom } from '@engagetrack/service-chassis';
import type { RequestHandler } from 'express';
import type { KeysMetrics } from './metrics.ts';

export interface RequestLineParts {
  readonly log: Logger;
  readonly metrics: KeysMetrics;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** One request, one log line and one count, by endpoint; `reason` is the `X-Error-Code` of a refusal. */
export function createRequestLine({ log, metrics, monotonicNow }: RequestLineParts): RequestHandler {
  return (req, res, next) => {
    const startedAtMs = monotonicNow();
    const requestId = requestIdFrom(req.headers['x-request-id']);
    res.setHeader('X-Request-Id', requestId);
    res.once('close', () => {
      const ms = monotonicNow() - startedAtMs;
      const pattern: unknown = req.route?.path;
      const route = typeof pattern === 'string' ? `${req.method} ${pattern}` : 'none';
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
