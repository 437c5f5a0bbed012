import type { ServerResponse } from 'node:http';
import type { Logger } from '@engagetrack/service-chassis';
import type { Principal } from './authenticate.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Route } from './routes/route-table.ts';

/** The one log line of a request: stages add what they found out, and it is written when the connection is done with it. */
export interface RequestLine {
  route(route: Route): void;
  principal(principal: Principal): void;
  refused(reason: string): void;
}

export interface RequestLineParts {
  readonly requestId: string;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly monotonicNow: () => number;
}

/** `route` of requests that no row of the table fits. */
const noRoute = 'none';
/** The status of a request whose caller left before the answer was complete. */
const abandonedStatus = 499;

export function openRequestLine(
  res: ServerResponse,
  { requestId, log, metrics, monotonicNow }: RequestLineParts,
): RequestLine {
  const startedAtMs = monotonicNow();
  let routeId = noRoute;
  let principal: Principal | undefined;
  let reason: string | undefined;
  metrics.inFlight.inc();
  res.once('close', () => {
    const ms = monotonicNow() - startedAtMs;
    const status = res.writableFinished ? res.statusCode : abandonedStatus;
    metrics.inFlight.dec();
    metrics.requests.inc({ route: routeId, status });
    metrics.duration.observe({ route: routeId }, ms / 1000);
    log.info({
      at: 'request',
      request_id: requestId,
      route: routeId,
      status,
      reason: reason ?? (status === abandonedStatus ? 'abandoned' : 'forwarded'),
      key_id: principal?.keyId,
      organization_id: principal?.organizationId,
      ms: Math.round(ms * 10) / 10,
    });
  });
  return {
    route: ({ id }) => {
      routeId = id;
    },
    principal: (found) => {
      principal = found;
    },
    refused: (found) => {
      reason = found;
    },
  };
}
