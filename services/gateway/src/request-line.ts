import type { ServerResponse } from 'node:http';
import type { RateLimitPolicy } from '@engagetrack/admission-store';
import type { Logger } from '@engagetrack/service-chassis';
import type { Principal } from './authenticate.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Route } from './routes/route-table.ts';

/**
 * The facts for the one log line of a request. Stages write them, and no decision reads them.
 *
 * Plain data, because hundreds of requests may wait at once and each has one.
 */
export interface RequestLine {
  readonly requestId: string;
  readonly startedAtMs: number;
  route: Route | undefined;
  principal: Principal | undefined;
  /** The policy that counted the request. */
  policy: RateLimitPolicy | undefined;
  /** The reason of a refusal. */
  reason: string | undefined;
  isCounted: boolean;
  /** Why the gateway itself cut the answer: its key was refused meanwhile. */
  cutFor: string | undefined;
}

/**
 * The log lines of the requests in progress. A line is written when the connection is done with its answer; the usage
 * of a recognised key is counted as soon as the status is settled, because an answer may go on for hours.
 */
export interface RequestLines {
  open(requestId: string): RequestLine;
  /** Called when the upstream's answer begins with this status. */
  answered(line: RequestLine, status: number): void;
  close(line: RequestLine, res: ServerResponse): void;
}

export interface RequestLinesParts {
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly countUsage: CountUsage;
  readonly monotonicNow: () => number;
}

/** Counts one request of a recognised key. */
export type CountUsage = (principal: Principal, policy: RateLimitPolicy, status: number) => void;

/** `route` of requests that match no route. */
const noRoute = 'none';
/** The status of a request whose client disconnected before the answer was complete. */
const abandonedStatus = 499;

export function createRequestLines({ log, metrics, countUsage, monotonicNow }: RequestLinesParts): RequestLines {
  return {
    open: (requestId) => {
      metrics.inFlight.inc();
      return {
        requestId,
        startedAtMs: monotonicNow(),
        route: undefined,
        principal: undefined,
        policy: undefined,
        reason: undefined,
        isCounted: false,
        cutFor: undefined,
      };
    },
    answered: count,
    close: (line, res) => {
      const { requestId, principal, startedAtMs, cutFor } = line;
      const ms = monotonicNow() - startedAtMs;
      // An answer that the gateway cut had the status that its caller saw; without one the caller saw none.
      const isTold = res.writableFinished || (cutFor !== undefined && res.headersSent);
      const status = isTold ? res.statusCode : abandonedStatus;
      const route = line.route?.id ?? noRoute;
      count(line, res.headersSent ? res.statusCode : abandonedStatus);
      metrics.inFlight.dec();
      metrics.requests.inc({ route, status });
      if (line.reason !== undefined) metrics.refusals.inc({ reason: line.reason });
      metrics.duration.observe({ route }, ms / 1000);
      log.info({
        at: 'request',
        request_id: requestId,
        route,
        status,
        reason: line.reason ?? cutFor ?? (status === abandonedStatus ? 'abandoned' : 'forwarded'),
        key_id: principal?.keyId,
        organization_id: principal?.organizationId,
        ms: Math.round(ms * 10) / 10,
      });
    },
  };

  /** Counts once, and only for a recognised key. */
  function count(line: RequestLine, status: number): void {
    const { principal, policy, isCounted } = line;
    if (isCounted || principal === undefined || policy === undefined) return;
    line.isCounted = true;
    countUsage(principal, policy, status);
  }
}
