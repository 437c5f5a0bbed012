import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Problem, unavailable } from '@engagetrack/contracts';
import {
  clientAddress,
  forwardedProtocol,
  type Logger,
  problemFromError,
  requestIdFrom,
} from '@engagetrack/service-chassis';
import express, { type ErrorRequestHandler } from 'express';
import { createAttachment } from './attachment.ts';
import { keyHashIn } from './authenticate.ts';
import type { Exchange } from './exchange.ts';
import type { HandleRequest } from './handle-request.ts';
import type { HeldAnswers } from './held-answers.ts';
import type { KeyBursts } from './key-bursts.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Pace } from './pace.ts';
import { checkRawRequest, rawRequestOf } from './raw-checks.ts';
import { hasBody, isBodyUnread, type Refused, refuse } from './refuse.ts';
import type { RequestLine, RequestLines } from './request-line.ts';
import { parseRequestTarget } from './request-target.ts';

export interface AppParts {
  readonly handleRequest: HandleRequest;
  readonly trustedHops: number;
  /** With more requests than this at once, a gateway answers 503 rather than slowing all of them down. */
  readonly concurrentRequestsMax: number;
  readonly bursts: KeyBursts;
  /** How fast strangers are refused. */
  readonly pace: Pace;
  readonly answers: HeldAnswers;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  readonly lines: RequestLines;
}

const responseListenersMax = 20;

/** What the app keeps of a request until the end of its answer. */
interface Visit extends Refused {
  readonly line: RequestLine;
  /** From the raw checks until a refusal. */
  exchange: Exchange | undefined;
  /** Counts among the answers in the making. */
  isInProgress: boolean;
  /** Gives up the turn of a refusal that waits for it. */
  leavePace: (() => void) | undefined;
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
 * Raw checks, request line, the turn of a key's crowd, the straight line, problems. The raw checks come before express,
 * because they judge bytes that express, node:http and an upstream could each read differently.
 */
export function createApp(parts: AppParts): Entrance {
  const { handleRequest, trustedHops, concurrentRequestsMax, bursts, pace, answers, log, metrics, lines } = parts;
  const visits = createAttachment<ServerResponse, Visit>('visit');
  const breaks = createAttachment<IncomingMessage, AbortController>('break');
  const app = express();
  app.disable('x-powered-by');
  app.use((_req, res) => serve(visitOf(res)));
  // Express knows an error handler by its four parameters.
  const answerFault: ErrorRequestHandler = (error: unknown, _req, res, _next) => refuseFor(error, visitOf(res));
  app.use(answerFault);

  /** The answers in the making: not the refusals, whose callers may hold the line for a while longer. */
  let inProgress = 0;
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
    // Every stage that has something to end listens for the end of the answer, and so does the proxy.
    res.setMaxListeners(responseListenersMax);
    const line = lines.open(requestId);
    const visit: Visit = { req, res, requestId, line, exchange: undefined, isInProgress: true, leavePace: undefined };
    visits.set(res, visit);
    inProgress += 1;
    res.on('close', () => {
      settle(visit);
      lines.close(line, res);
      visit.leavePace?.();
    });
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
      const keyHash = keyHashIn(req.headers.authorization);
      visit.exchange = {
        req,
        res,
        method: req.method ?? '',
        target,
        requestId,
        keyHash,
        clientAddress: clientAddress(req, trustedHops),
        protocol: forwardedProtocol(req, trustedHops),
        expectsContinue,
        ...(hasBody(req) && { broken: breakOf(req).signal }),
        refusalPace: pace,
        line,
      };
      if (keyHash === undefined) app(req, res);
      else bursts.take(keyHash, () => begin(visit));
    } catch (error) {
      refuseFor(error, visit);
    }
  }

  /** @returns false when the caller has left meanwhile. */
  function begin({ req, res }: Visit): boolean {
    if (res.destroyed) return false;
    app(req, res);
    return true;
  }

  /** Of requests with a body; it may be found broken before its request has entered. */
  function breakOf(req: IncomingMessage): AbortController {
    const known = breaks.of(req);
    if (known !== undefined) return known;
    const created = new AbortController();
    breaks.set(req, created);
    return created;
  }

  function visitOf(res: ServerResponse): Visit {
    const visit = visits.of(res);
    if (visit === undefined) throw new Error('A request came past the entrance');
    return visit;
  }

  function serve(visit: Visit): void {
    try {
      if (visit.exchange === undefined) throw new Error('A request came past the raw checks');
      handleRequest(visit.exchange).catch((error: unknown) => refuseFor(error, visit));
    } catch (error) {
      refuseFor(error, visit);
    }
  }

  function settle(visit: Visit): void {
    if (visit.isInProgress) inProgress -= 1;
    visit.isInProgress = false;
  }

  function refuseFor(error: unknown, visit: Visit): void {
    const problem = problemFromError(error);
    const { req, res, line, exchange } = visit;
    settle(visit);
    line.reason = problem.reason;
    const refusalPace = exchange === undefined ? pace : exchange.refusalPace;
    // Hundreds of refusals may wait for their turn: none of them holds more than it needs for its answer.
    visit.exchange = undefined;
    // Without a cause, the request's own line says all there is.
    if (problem.cause !== undefined) log.warn({ at: 'problem', reason: problem.reason, err: problem.cause });
    // Whoever has left meanwhile has no turn to wait for.
    if (refusalPace === undefined || res.destroyed) refuse(visit, problem);
    // What is still to come of a body is read behind the answer.
    else if (isBodyUnread(req)) visit.leavePace = refusalPace.take(() => refuse(visit, problem));
    else answers.send(req.socket, refusalPace, () => refuse(visit, problem));
  }
}
