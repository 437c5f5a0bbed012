import type { IncomingMessage, ServerResponse } from 'node:http';
import { unavailable } from '@engagetrack/contracts';
import { type Logger, problemFromError, requestIdFrom } from '@engagetrack/service-chassis';
import express, { type ErrorRequestHandler } from 'express';
import { clientAddress, forwardedProtocol } from './client-address.ts';
import type { Exchange } from './exchange.ts';
import type { GatewayMetrics } from './metrics.ts';
import { checkRawRequest, rawRequestOf } from './raw-checks.ts';
import { refuse } from './refuse.ts';
import { openRequestLine, type RequestLine } from './request-line.ts';
import { parseRequestTarget } from './request-target.ts';

export interface AppParts {
  readonly handleRequest: (exchange: Exchange) => Promise<void>;
  readonly trustedHops: number;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly monotonicNow: () => number;
}

interface Refused {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly line: RequestLine | undefined;
}

/** How a request enters; `expectsContinue` when node:http has not yet answered its `Expect: 100-continue`. */
export type Entrance = (req: IncomingMessage, res: ServerResponse, expectsContinue: boolean) => void;

/** With more requests than this at once, a gateway answers 503 rather than slowing all of them down. */
export const concurrentRequestsMax = 4_096;

/**
 * Raw checks, request line, the straight line, problems. The raw checks come before express, because they judge bytes
 * that express, node:http and an upstream could each read differently.
 */
export function createApp({ handleRequest, trustedHops, log, metrics, monotonicNow }: AppParts): Entrance {
  const exchanges = new WeakMap<IncomingMessage, Exchange>();
  const app = express();
  app.disable('x-powered-by');
  app.use(async (req) => {
    const exchange = exchanges.get(req);
    if (exchange === undefined) throw new Error('A request came past the raw checks');
    await handleRequest(exchange);
  });
  // Express knows an error handler by its four parameters.
  const answerProblem: ErrorRequestHandler = (error: unknown, req, res, _next) =>
    refuseFor(error, { req, res, line: exchanges.get(req)?.line });
  app.use(answerProblem);

  let inFlight = 0;
  return (req, res, expectsContinue) => {
    const requestId = requestIdFrom(req.headers['x-request-id']);
    res.setHeader('X-Request-Id', requestId);
    const line = openRequestLine(res, { requestId, log, metrics, monotonicNow });
    inFlight += 1;
    res.once('close', () => {
      inFlight -= 1;
    });
    try {
      checkRawRequest(rawRequestOf(req));
      const target = parseRequestTarget(req.url ?? '');
      if (inFlight > concurrentRequestsMax) throw unavailable('over_capacity');
      exchanges.set(req, {
        req,
        res,
        method: req.method ?? '',
        target,
        requestId,
        clientAddress: clientAddress(req.socket.remoteAddress, req.headers['x-forwarded-for']?.toString(), trustedHops),
        protocol: forwardedProtocol(req.headers['x-forwarded-proto']?.toString(), trustedHops),
        expectsContinue,
        line,
      });
    } catch (error) {
      refuseFor(error, { req, res, line });
      return;
    }
    app(req, res);
  };

  function refuseFor(error: unknown, { req, res, line }: Refused): void {
    const problem = problemFromError(error);
    line?.refused(problem.reason);
    if (problem.status >= 500) log.warn({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    refuse(req, res, problem);
  }
}
