import { Problem, unavailable } from '@engagetrack/contracts';
import { refuseOldDecision } from '../admission/admit.ts';
import type { Grant } from '../authorize.ts';
import type { Exchange } from '../exchange.ts';
import type { GatewayLimits } from '../limits.ts';
import { hasBody } from '../request-body.ts';
import type { Route, Upstream } from '../routes/route-table.ts';
import type { RequestLines } from '../telemetry/request-log.ts';
import { createDeadlines, type ExchangeLimits } from './deadlines.ts';
import { type Forwarding, giveUp, type Transport } from './forwarding.ts';
import { watchHalfClose } from './half-closed.ts';
import { createMiddlewareTransport } from './middleware-transport.ts';
import { fieldsForKeyService, fieldsForUpstream } from './outgoing-headers.ts';
import { createUndiciTransport } from './undici-transport.ts';

/**
 * Sends a granted request to its upstream and its answer back, both streamed.
 *
 * Guarantee: the outgoing request carries only what outgoing-headers.ts built, and the answer only what
 * response-headers.ts lets pass.
 */
export interface Forward {
  /**
   * To the route's analytics upstream, with the principal's identity.
   * @param decidedAtMs by the clock that never steps, milliseconds: a decision that has become too old is not carried out.
   * @returns rejects with a Problem as long as no byte of an answer is out; resolves when the answer is over, complete or
   * cut. The log line says on whose account it was cut.
   */
  toUpstream(exchange: Exchange, grant: Grant, decidedAtMs: number): Promise<void>;
  /** To the key service, with the caller's session token untouched; the promise is that of `toUpstream`. */
  toKeyService(exchange: Exchange, route: Route): Promise<void>;
  close(): void;
}

export interface ForwardParts {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly internalToken: string;
  readonly limits: ExchangeLimits & Pick<GatewayLimits, 'requestsPerUpstreamMax'>;
  readonly lines: RequestLines;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** One upstream, with the number of requests that are in progress to it. */
interface Destination {
  readonly host: string;
  readonly transport: Transport;
  inProgress: number;
}

export function createForward({ upstreams, internalToken, limits, lines, monotonicNow }: ForwardParts): Forward {
  const deadlines = createDeadlines(limits, monotonicNow);
  const destinations = new Map<string, Destination>();
  for (const upstream of upstreams.values()) {
    const create = upstream.via === 'undici' ? createUndiciTransport : createMiddlewareTransport;
    destinations.set(upstream.name, {
      host: upstream.url.host,
      transport: create(upstream, { connectTimeoutMs: limits.connectTimeoutMs, monotonicNow }),
      inProgress: 0,
    });
  }

  return {
    toUpstream: (exchange, { route, principal }, decidedAtMs) =>
      forward(exchange, route, decidedAtMs, (host) => fieldsForUpstream(exchange, principal, host)),
    toKeyService: (exchange, route) =>
      forward(exchange, route, undefined, (host) =>
        fieldsForKeyService(exchange, route.credential, host, internalToken),
      ),
    close: () => {
      deadlines.stop();
      for (const { transport } of destinations.values()) transport.close();
    },
  };

  async function forward(
    exchange: Exchange,
    route: Route,
    decidedAtMs: number | undefined,
    fieldsFor: (host: string) => readonly string[],
  ): Promise<void> {
    const { req, res, expectsContinue, broken } = exchange;
    // A client that has disconnected meanwhile waits for nothing.
    if (res.destroyed) return;
    if (decidedAtMs !== undefined) refuseOldDecision(decidedAtMs, monotonicNow());
    broken?.throwIfAborted();
    if (Number(req.headers['content-length'] ?? 0) > route.bodyBytesMax) throw new Problem('payload_too_large');
    const destination = destinations.get(route.upstream);
    if (destination === undefined) throw new Error(`Route ${route.id} names an unknown upstream`);
    if (destination.inProgress >= limits.requestsPerUpstreamMax) throw unavailable('upstream_over_capacity');
    if (expectsContinue) res.writeContinue();
    await new Promise<void>((resolve, reject) => {
      const nowMs = deadlines.now();
      const forwarding: Forwarding = {
        exchange,
        route,
        decidedAtMs,
        origin: `${exchange.protocol}://${exchange.publicHost ?? req.headers.host}`,
        fields: fieldsFor(destination.host),
        clock: deadlines,
        lines,
        transport: undefined,
        startedAtMs: nowMs,
        dialledAtMs: nowMs,
        movedAtMs: nowMs,
        sentAtMs: undefined,
        isConnected: false,
        head: undefined,
        early: [],
        isAnswered: false,
        isOver: false,
        finish: (problem) => {
          res.off('close', leave);
          unwatch();
          unwatchDeadlines();
          destination.inProgress -= 1;
          if (problem === undefined) resolve();
          else reject(problem);
        },
        stopLimiting: undefined,
      };
      const leave = (): void => giveUp(forwarding, undefined);
      destination.inProgress += 1;
      res.on('close', leave);
      const unwatch = watchHalfClose(exchange, route);
      const unwatchDeadlines = deadlines.watch(forwarding);
      // A body that is forwarded is watched where it is measured; one that is dropped can be broken too.
      if (!hasBody(req))
        broken?.addEventListener('abort', () => {
          if (!res.headersSent) giveUp(forwarding, broken.reason);
        });
      lines.forwarded(exchange.line);
      destination.transport.send(forwarding);
    });
  }
}
