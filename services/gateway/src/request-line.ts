import type { ServerResponse } from 'node:http';
import type { RateLimitPolicy } from '@engagetrack/admission-store';
import type { Logger } from '@engagetrack/service-chassis';
import type { Principal } from './authenticate.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Route } from './routes/route-table.ts';

/**
 * The one log line of a request: stages add what they found out, and it is written when the connection is done with it.
 * A request of a recognised key is counted as its usage as soon as its status is settled: an answer may go on for hours.
 */
export interface RequestLine {
  route(route: Route): void;
  /** @param policy by which the request was counted. */
  principal(principal: Principal, policy: RateLimitPolicy): void;
  /** The upstream's answer begins with this status. */
  answered(status: number): void;
  refused(reason: string): void;
}

/** For whoever opens it; the stages only write to it. */
export interface OpenRequestLine extends RequestLine {
  /** The connection is done with the answer: writes the line. */
  close(): void;
}

export interface RequestLineParts {
  readonly requestId: string;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly countUsage: CountUsage;
  readonly monotonicNow: () => number;
}

/** Counts one request of a recognised key, now. */
export type CountUsage = (principal: Principal, policy: RateLimitPolicy, status: number) => void;

/** `route` of requests that no row of the table fits. */
const noRoute = 'none';
/** The status of a request whose caller left before the answer was complete. */
const abandonedStatus = 499;

export function openRequestLine(
  res: ServerResponse,
  { requestId, log, metrics, countUsage, monotonicNow }: RequestLineParts,
): OpenRequestLine {
  const startedAtMs = monotonicNow();
  let routeId = noRoute;
  let principal: Principal | undefined;
  let policy: RateLimitPolicy | undefined;
  let reason: string | undefined;
  let isCounted = false;
  metrics.inFlight.inc();
  return {
    route: ({ id }) => {
      routeId = id;
    },
    principal: (found, countedUnder) => {
      principal = found;
      policy = countedUnder;
    },
    answered: count,
    refused: (found) => {
      reason = found;
    },
    close,
  };

  function close(): void {
    const ms = monotonicNow() - startedAtMs;
    const status = res.writableFinished ? res.statusCode : abandonedStatus;
    count(res.headersSent ? res.statusCode : abandonedStatus);
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
  }

  /** Once, and only for a recognised key. */
  function count(status: number): void {
    if (isCounted || principal === undefined || policy === undefined) return;
    isCounted = true;
    countUsage(principal, policy, status);
  }
}
