import { type Problem, unavailable } from '@engagetrack/contracts';
import { type Callers, type Logger, problemFromError, requestIdFrom } from '@engagetrack/service-chassis';
import { keyHashIn } from '../authenticate.ts';
import type { Exchange } from '../exchange.ts';
import type { HandleRequest } from '../handle-request.ts';
import { hasBody } from '../request-body.ts';
import { parseRequestTarget } from '../request-target.ts';
import type { GatewayMetrics } from '../telemetry/metrics.ts';
import type { RequestLine, RequestLines } from '../telemetry/request-log.ts';
import type { IncomingRequest } from './connection.ts';
import type { LateRefusals } from './late-refusals.ts';
import type { PublicHost } from './public-host.ts';
import { checkRawRequest, rawRequestOf } from './raw-checks.ts';
import { refusalDelayMs } from './refusal-delay.ts';
import { type Refused, refuse } from './refuse.ts';
import { hasMeaninglessBody, withoutBody } from './without-body.ts';

export interface EntranceParts {
  readonly handleRequest: HandleRequest;
  readonly callers: Callers;
  readonly publicHost: PublicHost;
  /** Requests. With more in progress the next one is answered 503, so that the others are not slowed down. */
  readonly requestsInProgressMax: number;
  readonly lateRefusals: LateRefusals;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly lines: RequestLines;
}

/** The way of every request from node:http to the straight line, and of every refusal back. */
export interface Entrance {
  /** @param over is called once, when the answer is complete or its connection has ended. */
  enter(request: IncomingRequest, over: () => void): void;
  /** Counts and logs bytes that were no request and have been refused. */
  noteRefusal(requestId: string, problem: Problem): void;
}

/** A request in the gateway, from its first check to the end of its answer. */
interface Visit extends Refused {
  readonly line: RequestLine;
  exchange: Exchange | undefined;
  /** It counts among the requests in progress: until its refusal, or the end of its answer. */
  isInProgress: boolean;
  /** Gives up a refusal that waits. */
  giveUpRefusal: (() => void) | undefined;
}

/** Raw checks, request target, the straight line; and the one place where a Problem becomes an answer. */
export function createEntrance(parts: EntranceParts): Entrance {
  const { handleRequest, callers, publicHost, requestsInProgressMax, lateRefusals, log, metrics, lines } = parts;
  let inProgress = 0;
  return {
    enter,
    noteRefusal: (requestId, { status, reason }) => {
      metrics.requests.inc({ route: 'none', status });
      metrics.refusals.inc({ reason });
      log.info({ at: 'request', request_id: requestId, route: 'none', status, reason });
    },
  };

  function enter(request: IncomingRequest, over: () => void): void {
    const { req, res } = request;
    const requestId = requestIdFrom(req.headers['x-request-id']);
    const line = lines.open(requestId);
    const visit: Visit = {
      req,
      res,
      requestId,
      line,
      exchange: undefined,
      isInProgress: true,
      giveUpRefusal: undefined,
    };
    inProgress += 1;
    res.on('close', () => {
      leaveProgress(visit);
      lines.close(line, res);
      visit.giveUpRefusal?.();
      over();
    });
    // A caller without an address has disconnected already.
    if (req.socket.remoteAddress === undefined) res.destroy();
    else void serve(request, visit);
  }

  async function serve(request: IncomingRequest, visit: Visit): Promise<void> {
    try {
      visit.exchange = openExchange(request, visit);
      await handleRequest(visit.exchange);
    } catch (error) {
      refuseFor(error, visit);
    }
  }

  /** @throws Problem 400, 414, 431 or 503. */
  function openExchange(request: IncomingRequest, { requestId, line }: Visit): Exchange {
    const { req, res, expectsContinue } = request;
    request.broken?.signal.throwIfAborted();
    checkRawRequest(rawRequestOf(req));
    const target = parseRequestTarget(req.url ?? '');
    if (inProgress > requestsInProgressMax) throw unavailable('over_capacity');
    if (hasBody(req)) request.broken ??= new AbortController();
    return {
      req: hasMeaninglessBody(req) ? withoutBody(req, res) : req,
      res,
      method: req.method ?? '',
      target,
      requestId,
      keyHash: keyHashIn(req.headers.authorization),
      clientAddress: callers.addressOf(req),
      protocol: callers.protocolOf(req),
      publicHost: publicHost(req.headers.host),
      expectsContinue,
      ...(request.broken !== undefined && { broken: request.broken.signal }),
      quota: undefined,
      line,
    };
  }

  function leaveProgress(visit: Visit): void {
    if (visit.isInProgress) inProgress -= 1;
    visit.isInProgress = false;
  }

  function refuseFor(error: unknown, visit: Visit): void {
    const problem = problemFromError(error);
    const { res, line, exchange } = visit;
    leaveProgress(visit);
    line.reason = problem.reason;
    // Without a cause, the request's own line says everything.
    if (problem.cause !== undefined) log.warn({ at: 'problem', reason: problem.reason, err: problem.cause });
    const delayMs = res.destroyed ? 0 : refusalDelayMs(problem, exchange?.quota);
    if (delayMs === 0) refuse(visit, problem);
    else visit.giveUpRefusal = lateRefusals.sendAfter(delayMs, (isLast) => refuse(visit, problem, isLast));
  }
}
