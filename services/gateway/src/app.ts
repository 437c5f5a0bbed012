import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Problem, unavailable } from '@engagetrack/contracts';
import { type Logger, problemFromError, requestIdFrom } from '@engagetrack/service-chassis';
import express, { type ErrorRequestHandler } from 'express';
import { createAttachment } from './attachment.ts';
import { clientAddress, forwardedProtocol } from './client-address.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';
import { checkRawRequest, rawRequestOf } from './raw-checks.ts';
import { hasBody, refuse } from './refuse.ts';
import { type CountUsage, openRequestLine, type RequestLine } from './request-line.ts';
import { parseRequestTarget } from './request-target.ts';

export interface AppParts {
  readonly handleRequest: (exchange: Exchange) => Promise<void>;
  readonly trustedHops: number;
  /** With more requests than this at once, a gateway answers 503 rather than slowing all of them down. */
  readonly concurrentRequestsMax: number;
  /** Of refusals. */
  readonly pace: Pace;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly countUsage: CountUsage;
  readonly monotonicNow: () => number;
}

const responseListenersMax = 20;

interface Refused {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly line: RequestLine | undefined;
}

/** What the listener tells the app. */
export interface Entrance {
  /** A request; `expectsContinue` when node:http has not yet answered its `Expect: 100-continue`. */
  enter(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void;
  /** The bytes of a request turn out to be broken, before it has entered or after: it is not to be taken for whole. */
  breakOff(req: IncomingMessage, problem: Problem): void;
  /** Bytes that were no request have been refused. */
  noteRefusal(requestId: string, problem: Problem): void;
}

/**
 * Raw checks, request line, the straight line, problems. The raw checks come before express, because they judge bytes
 * that express, node:http and an upstream could each read differently.
 */
export function createApp(parts: AppParts): Entrance {
  const { handleRequest, trustedHops, concurrentRequestsMax, pace, log, metrics, countUsage, monotonicNow } = parts;
  const exchanges = createAttachment<IncomingMessage, Exchange>('exchange');
  const breaks = createAttachment<IncomingMessage, AbortController>('break');
  const app = express();
  app.disable('x-powered-by');
  app.use(async (req) => {
    const exchange = exchanges.of(req);
    if (exchange === undefined) throw new Error('A request came past the raw checks');
    await handleRequest(exchange);
  });
  // Express knows an error handler by its four parameters.
  const answerProblem: ErrorRequestHandler = (error: unknown, req, res, _next) =>
    refuseFor(error, { req, res, line: exchanges.of(req)?.line });
  app.use(answerProblem);

  /** The answers in the making: not the refusals, whose callers may hold the line for a while longer. */
  let inProgress = 0;
  const isInProgress = createAttachment<ServerResponse, boolean>('in progress');
  return {
    enter,
    breakOff: (req, problem) => breakOf(req).abort(problem),
    noteRefusal: (requestId, { status, reason }) => {
      metrics.requests.inc({ route: 'none', status });
      log.info({ at: 'request', request_id: requestId, route: 'none', status, reason });
    },
  };

  function enter(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    const requestId = requestIdFrom(req.headers['x-request-id']);
    res.setHeader('X-Request-Id', requestId);
    // Every stage that has something to end listens for the end of the answer, and so does the proxy.
    res.setMaxListeners(responseListenersMax);
    const line = openRequestLine(res, { requestId, log, metrics, countUsage, monotonicNow });
    inProgress += 1;
    isInProgress.set(res, true);
    res.once('close', () => settle(res));
    // A caller without an address has left already: there is nobody to recognise, and nobody to answer.
    if (req.socket.remoteAddress === undefined) {
      res.destroy();
      return;
    }
    try {
      breaks.of(req)?.signal.throwIfAborted();
      checkRawRequest(rawRequestOf(req));
      const target = parseRequestTarget(req.url ?? '');
      if (inProgress > concurrentRequestsMax) throw unavailable('over_capacity');
      exchanges.set(req, {
        req,
        res,
        method: req.method ?? '',
        target,
        requestId,
        clientAddress: clientAddress(req.socket.remoteAddress, req.headers['x-forwarded-for']?.toString(), trustedHops),
        protocol: forwardedProtocol(req.headers['x-forwarded-proto']?.toString(), trustedHops),
        expectsContinue,
        ...(hasBody(req) && { broken: breakOf(req).signal }),
        line,
      });
    } catch (error) {
      refuseFor(error, { req, res, line });
      return;
    }
    app(req, res);
  }

  /** Of requests with a body; it may be found broken before its request has entered. */
  function breakOf(req: IncomingMessage): AbortController {
    const known = breaks.of(req);
    if (known !== undefined) return known;
    const created = new AbortController();
    breaks.set(req, created);
    return created;
  }

  function settle(res: ServerResponse): void {
    if (isInProgress.of(res)) inProgress -= 1;
    isInProgress.set(res, false);
  }

  function refuseFor(error: unknown, { req, res, line }: Refused): void {
    const problem = problemFromError(error);
    settle(res);
    line?.refused(problem.reason);
    if (problem.status >= 500) log.warn({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    if (isRecognised(res)) {
      refuse(req, res, problem);
      return;
    }
    res.once(
      'close',
      pace.take(() => refuse(req, res, problem)),
    );
  }
}

/** Every answer to a key that is known tells of its quota, and no other does. */
function isRecognised(res: ServerResponse): boolean {
  return res.hasHeader('X-RateLimit-Limit');
}
