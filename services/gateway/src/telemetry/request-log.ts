import type { ServerResponse } from 'node:http';
import type { RateLimitPolicy } from '@engagetrack/admission-store';
import type { ApiKeyId, OrganizationId } from '@engagetrack/contracts';
import type { Logger } from '@engagetrack/service-chassis';
import type { Route } from '../routes/route-table.ts';
import type { GatewayMetrics } from './metrics.ts';

/** The caller as logs and usage name it. */
export interface NamedCaller {
  readonly keyId: ApiKeyId;
  readonly organizationId: OrganizationId;
}

/**
 * The facts for the one log line of a request. Stages write them, and no decision reads them.
 *
 * Plain data, because hundreds of requests may wait at once and each has one.
 */
export interface RequestLine {
  readonly requestId: string;
  readonly startedAtMs: number;
  /** When it was decided and handed to its upstream. */
  forwardedAtMs: number | undefined;
  route: Route | undefined;
  principal: NamedCaller | undefined;
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
  /** Called when the request is handed to its upstream. */
  forwarded(line: RequestLine): void;
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
export type CountUsage = (caller: NamedCaller, policy: RateLimitPolicy, status: number) => void;

/** The status of a request whose client disconnected before the answer was complete. */
const abandonedStatus = 499;

export function createRequestLines({ log, metrics, countUsage, monotonicNow }: RequestLinesParts): RequestLines {
  return {
    open: (requestId) => {
      metrics.inFlight.inc();
      return {
        requestId,
        startedAtMs: monotonicNow(),
        forwardedAtMs: undefined,
        route: undefined,
        principal: undefined,
        policy: undefined,
        reason: undefined,
        isCounted: false,
        cutFor: undefined,
      };
    },
    forwarded: (line) => {
      line.forwardedAtMs = monotonicNow();
      metrics.decisionSeconds.observe({ route: routeOf(line) }, (line.forwardedAtMs - line.startedAtMs) / 1000);
    },
    answered: (line, status) => {
      count(line, status);
      if (line.forwardedAtMs === undefined) return;
      metrics.upstreamSeconds.observe({ route: routeOf(line) }, (monotonicNow() - line.forwardedAtMs) / 1000);
    },
    close: (line, res) => {
      const { requestId, principal, startedAtMs, cutFor } = line;
      const ms = monotonicNow() - startedAtMs;
      // An answer that the gateway cut had the status that its caller saw; without one the caller saw none.
      const isTold = res.writableFinished || (cutFor !== undefined && res.headersSent);
      const status = isTold ? res.statusCode : abandonedStatus;
      const route = routeOf(line);
      count(line, res.headersSent ? res.statusCode : abandonedStatus);
      metrics.inFlight.dec();
      metrics.requests.inc({ route, status });
      if (line.reason !== undefined) metrics.refusals.inc({ reason: line.reason });
      // A live stream ends when its caller has seen enough, which says nothing about speed.
      if (line.route?.isStream !== true) metrics.duration.observe({ route }, ms / 1000);
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

/** `none` for requests that match no route. */
function routeOf({ route }: RequestLine): string {
  return route?.id ?? 'none';
}
