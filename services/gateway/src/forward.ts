import type { ClientRequest, Agent as HttpAgent, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Problem, unavailable } from '@engagetrack/contracts';
import { createProxyMiddleware, type Plugin } from 'http-proxy-middleware';
import { refuseOldDecision } from './admit.ts';
import type { Grant } from './authorize.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './front-door/refuse.ts';
import { isForwardable } from './judge-upstream-answer.ts';
import { headersForKeyService, headersForUpstream } from './outgoing-headers.ts';
import type { RequestLines } from './request-line.ts';
import { responseHeaders } from './response-headers.ts';
import type { Route, Upstream } from './routes/route-table.ts';
import { createFreshAgent, createUpstreamAgent } from './upstream-agent.ts';
import { unreadableAnswer, watchOutgoing } from './watch-outgoing.ts';

/**
 * Sends a granted request to its upstream and its answer back, both streamed.
 *
 * Guarantee: the outgoing request carries only what outgoing-headers.ts built. It is put on the request before the
 * proxy sees it and never in a proxy event: the proxy skips its events when a request says `Expect: 100-continue`.
 * The only file that knows http-proxy-middleware.
 */
export interface Forward {
  /**
   * To the route's analytics upstream, with the principal's identity.
   * @param decidedAtMs by the clock that never steps, milliseconds: a decision that has become too old is not carried out.
   */
  toUpstream(exchange: Exchange, grant: Grant, decidedAtMs: number): void;
  /** To the key service, with the caller's session token untouched. */
  toKeyService(exchange: Exchange, route: Route): void;
  close(): void;
}

export interface ForwardParts {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly internalToken: string;
  readonly lines: RequestLines;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** What one forwarded request needs to know while it is under way. */
interface Passage {
  readonly exchange: Exchange;
  readonly route: Route;
  /** Undefined where no decision of ours lets the request pass. */
  readonly decidedAtMs: number | undefined;
  outgoing: ClientRequest | undefined;
  retried: boolean;
}

/** Requests under way to one upstream; above it a caller gets 503 at once instead of a place in a growing queue. */
const requestsPerUpstreamMax = 1_024;

export function createForward({ upstreams, internalToken, lines, monotonicNow }: ForwardParts): Forward {
  const passages = new WeakMap<IncomingMessage, Passage>();
  const underWay = new Map<string, number>();
  const agents: HttpAgent[] = [];
  const proxies = new Map(
    [...upstreams.values()].map(({ name, url }) => [
      name,
      { kept: createProxy(url, createUpstreamAgent(url)), fresh: createProxy(url, createFreshAgent(url)) },
    ]),
  );

  return {
    toUpstream: (exchange, { route, principal }, decidedAtMs) => {
      refuseOldDecision(decidedAtMs, monotonicNow());
      send({ exchange, route, decidedAtMs, outgoing: undefined, retried: false }, (host) =>
        headersForUpstream(exchange, principal, host),
      );
    },
    toKeyService: (exchange, route) =>
      send({ exchange, route, decidedAtMs: undefined, outgoing: undefined, retried: false }, (host) =>
        headersForKeyService(exchange, route.credential, host, internalToken),
      ),
    close: () => {
      for (const agent of agents) agent.destroy();
    },
  };

  function send(passage: Passage, headersFor: (host: string) => Record<string, string>): void {
    const { exchange, route } = passage;
    const { req, res } = exchange;
    // Whoever has left in the meantime waits for nothing.
    if (res.destroyed) return;
    const upstream = upstreams.get(route.upstream);
    if (upstream === undefined) throw new Error(`Route ${route.id} names an unknown upstream`);
    refuseOverlongBody(req, route);
    takePlace(upstream.name, res);
    if (exchange.expectsContinue) res.writeContinue();
    passages.set(req, passage);
    res.setHeader('X-Request-Id', exchange.requestId);
    req.headers = headersFor(upstream.url.host);
    // An upstream's unasked bytes on a kept connection are noticed, and the connection dropped, only between two turns
    // of the event loop: without one, they could be taken for the answer to this request.
    setImmediate(() => {
      if (exchange.broken?.aborted) fail(exchange.broken.reason, passage);
      else if (!res.destroyed) void proxies.get(upstream.name)?.kept(req, res);
    });
  }

  function createProxy(url: URL, agent: HttpAgent) {
    agents.push(agent);
    return createProxyMiddleware({ target: url.origin, agent, ejectPlugins: true, plugins: [listenToProxy] });
  }

  function takePlace(upstream: string, res: ServerResponse): void {
    const taken = underWay.get(upstream) ?? 0;
    if (taken >= requestsPerUpstreamMax) throw unavailable('upstream_over_capacity');
    underWay.set(upstream, taken + 1);
    res.once('close', () => underWay.set(upstream, (underWay.get(upstream) ?? 1) - 1));
  }

  function listenToProxy(...[proxy]: Parameters<Plugin>): void {
    proxy.on('proxyReq', (outgoing, req) => {
      const passage = passages.get(req);
      if (passage === undefined) return;
      passage.outgoing = outgoing;
      watchOutgoing(outgoing, passage.exchange, passage.route);
      refuseIfFrozen(outgoing, passage);
    });
    proxy.on('proxyRes', (answer, req, res) => {
      const passage = passages.get(req);
      if (passage === undefined || !isForwardable(answer)) {
        answer.destroy();
        if (passage !== undefined) fail(unreadableAnswer('upstream_bad_head'), passage);
        return;
      }
      lines.answered(passage.exchange.line, answer.statusCode ?? 0);
      answer.headers = responseHeaders(answer.headers, answer.statusCode);
      // By it a caller tells our refusals, and the key service's, from those of an analytics upstream.
      if (passage.route.credential.kind === 'api_key') delete answer.headers['x-error-code'];
      // Says what node:http decided from the caller's own Connection field, or what a gateway that stops has said already.
      const last = !res.shouldKeepAlive || res.getHeader('Connection') === 'close';
      answer.headers.connection = last ? 'close' : 'keep-alive';
    });
    proxy.on('error', (error, req, res) => {
      const passage = req === undefined ? undefined : passages.get(req);
      if (passage !== undefined && isResponse(res)) fail(error, passage);
    });
  }

  /** A process that was frozen may wake up here, with a decision that a revocation has overtaken. */
  function refuseIfFrozen(outgoing: ClientRequest, { decidedAtMs }: Passage): void {
    if (decidedAtMs === undefined) return;
    const check = (): void => {
      try {
        refuseOldDecision(decidedAtMs, monotonicNow());
      } catch (problem) {
        outgoing.destroy(problem instanceof Problem ? problem : undefined);
      }
    };
    check();
    const { socket } = outgoing;
    if (!socket?.connecting) return;
    // Before node:http's own listeners, which write the request; on an encrypted connection it leaves after the handshake.
    const steps = ['connect', 'secureConnect'];
    for (const step of steps) socket.prependOnceListener(step, check);
    // The connection is kept for others, and without encryption its second step never comes.
    outgoing.once('close', () => {
      for (const step of steps) socket.off(step, check);
    });
  }

  function fail(error: unknown, passage: Passage): void {
    const { exchange } = passage;
    const { req, res, line } = exchange;
    // An answer that has begun can only be cut off; the log line says on whose account.
    if (res.headersSent) line.reason = error instanceof Problem ? error.reason : 'upstream_broke_off';
    if (res.destroyed) return;
    if (mayRetry(error, passage)) {
      passage.retried = true;
      // Each passing of the proxy listens for the end of the answer anew.
      res.setMaxListeners(2 * res.getMaxListeners());
      void proxies.get(passage.route.upstream)?.fresh(req, res);
      return;
    }
    const problem = error instanceof Problem ? error : unreachable(error, passage.route);
    line.reason = problem.reason;
    refuse(exchange, problem);
  }
}

/** The key service is a part of ours, and no upstream to whoever manages keys: without it nothing can be decided. */
function unreachable(error: unknown, { credential }: Route): Problem {
  if (credential.kind !== 'api_key') return unavailable('key_service_unreachable', error);
  return new Problem('upstream_unreachable', { cause: error });
}

function refuseOverlongBody(req: IncomingMessage, route: Route): void {
  if (Number(req.headers['content-length'] ?? 0) > route.bodyBytesMax) throw new Problem('payload_too_large');
}

/**
 * A kept connection may be closed by the upstream in the moment it is used again. A safe request without a body is
 * then sent once more, on a new one (RFC 9110 section 9.2.2 allows it); nothing else ever is.
 */
function mayRetry(error: unknown, { exchange, outgoing, retried }: Passage): boolean {
  if (retried || exchange.res.headersSent || !['GET', 'HEAD'].includes(exchange.method)) return false;
  if (outgoing?.reusedSocket !== true) return false;
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ECONNRESET';
}

function isResponse(res: ServerResponse | Socket | undefined): res is ServerResponse {
  return res !== undefined && 'setHeader' in res;
}
