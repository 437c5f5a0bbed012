import { Problem, unavailable } from '@engagetrack/contracts';
import type { Exchange } from '../exchange.ts';
import { rateLimitFields } from '../rate-limit.ts';
import type { Route } from '../routes/route-table.ts';
import type { RequestLines } from '../telemetry/request-log.ts';
import type { AnswerHead } from './judge-upstream-answer.ts';
import { hasNoBody, responseFields } from './response-headers.ts';

/** One way to an upstream. It tells what happens with the functions below, and may tell it late or twice. */
export interface Transport {
  send(forwarding: Forwarding): void;
  close(): void;
}

/** What a transport is made with. */
export interface TransportParts {
  /** Milliseconds until a connection stands. */
  readonly connectTimeoutMs: number;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

/** What a transport lets be done with a request that is on its way. */
export interface InTransit {
  /** Ends the connection to the upstream. */
  abort(): void;
  pauseAnswer(): void;
  resumeAnswer(): void;
  /** Whether the upstream takes what the caller sends, so that a pause in the body is the caller's. */
  takesBody(): boolean;
  /** The error that bytes behind a part of the answer, or behind all of it, are to the reader of the connection. */
  brokenBehind(): unknown;
}

/** One exchange on its way: all the state that forwarding has of it. */
export interface Forwarding {
  readonly exchange: Exchange;
  readonly route: Route;
  /** Undefined where no decision of ours lets the request pass. */
  readonly decidedAtMs: number | undefined;
  /** Of the API as this caller addresses it: scheme, host and port. */
  readonly origin: string;
  /** The fields of the outgoing request, names and values alternately. */
  readonly fields: readonly string[];
  /** Milliseconds that only the deadlines read. */
  readonly clock: { now(): number };
  readonly lines: RequestLines;
  transport: InTransit | undefined;
  readonly startedAtMs: number;
  /** When the connection was asked for. */
  dialledAtMs: number;
  /** When a byte of either body last moved. */
  movedAtMs: number;
  /** When the whole request was out. */
  sentAtMs: number | undefined;
  isConnected: boolean;
  /** The upstream's final answer, from its head on. */
  head: AnswerHead | undefined;
  /** What came of the body before the head was sent on. */
  readonly early: Buffer[];
  /** The upstream's answer is complete. */
  isAnswered: boolean;
  /** The caller's answer is over, or is being refused by somebody else. */
  isOver: boolean;
  /** Called once. */
  readonly finish: (problem: Problem | undefined) => void;
  /** Set while the body is measured. */
  stopLimiting: (() => void) | undefined;
}

/**
 * The final head has come. It is sent on when everything that came in the same bytes has been read: an answer that these
 * bytes break can still become an answer of ours, and a short one leaves in one piece.
 */
export function beginAnswer(forwarding: Forwarding, head: AnswerHead): void {
  forwarding.head = head;
  forwarding.movedAtMs = forwarding.clock.now();
  process.nextTick(sendHead, forwarding, head);
}

/** A part of the body has come. */
export function continueAnswer(forwarding: Forwarding, chunk: Buffer): void {
  const { exchange, isOver } = forwarding;
  if (isOver || hasNoBody(exchange.method, forwarding.head?.status ?? 0)) return;
  forwarding.movedAtMs = forwarding.clock.now();
  if (exchange.res.headersSent) write(forwarding, chunk);
  else forwarding.early.push(chunk);
}

/** The answer is complete. */
export function endAnswer(forwarding: Forwarding): void {
  forwarding.isAnswered = true;
  if (!forwarding.isOver && forwarding.exchange.res.headersSent) forwarding.exchange.res.end();
}

/**
 * The upstream has failed, or what it said cannot be forwarded. Before the head is out the exchange is refused with a
 * problem; an answer that has begun can only be cut.
 */
export function failAnswer(forwarding: Forwarding, error: unknown): void {
  const { exchange, head, isOver } = forwarding;
  if (isOver) return;
  // Nothing of an answer without a body comes behind its head.
  if (head !== undefined && hasNoBody(exchange.method, head.status)) return;
  if (exchange.res.headersSent) {
    if (forwarding.isAnswered || exchange.res.destroyed) return;
    exchange.line.reason = error instanceof Problem ? error.reason : 'upstream_broke_off';
    exchange.res.destroy();
    return;
  }
  finish(forwarding, problemFor(error, forwarding));
}

/**
 * Ends the exchange and its connection to the upstream.
 * @param problem undefined when nobody is there to be told: the caller's answer is over.
 */
export function giveUp(forwarding: Forwarding, problem: Problem | undefined): void {
  if (problem !== undefined) failAnswer(forwarding, problem);
  else if (!forwarding.isOver) finish(forwarding, undefined);
  if (!forwarding.isAnswered) forwarding.transport?.abort();
}

function finish(forwarding: Forwarding, problem: Problem | undefined): void {
  forwarding.isOver = true;
  if (problem !== undefined) forwarding.stopLimiting?.();
  forwarding.finish(problem);
}

function sendHead(forwarding: Forwarding, head: AnswerHead): void {
  const { exchange, route, lines, early, transport } = forwarding;
  const { req, res, method, line, requestId } = exchange;
  if (forwarding.isOver || res.destroyed) return;
  const isBodiless = hasNoBody(method, head.status);
  const error = transport?.brokenBehind();
  if (error !== undefined && !isBodiless) {
    failAnswer(forwarding, error);
    return;
  }
  lines.answered(line, head.status);
  const fields = responseFields(head, { route, origin: forwarding.origin });
  const isEndKnown = isBodiless || fields.at(-2)?.toLowerCase() === 'content-length';
  // What node:http decided from the caller's own Connection field, or what a gateway that stops has said already.
  const isLast =
    !res.shouldKeepAlive || res.getHeader('Connection') === 'close' || (req.httpVersion === '1.0' && !isEndKnown);
  res.writeHead(head.status, [
    'X-Request-Id',
    requestId,
    'Connection',
    isLast ? 'close' : 'keep-alive',
    ...rateLimitFields(exchange.quota),
    ...fields,
  ]);
  if (isBodiless) res.end();
  else if (forwarding.isAnswered && early.length <= 1) res.end(early[0]);
  else {
    // Not `flushHeaders`, which writes the head as UTF-8.
    if (early.length === 0) res.write('', 'latin1');
    for (const chunk of early) write(forwarding, chunk);
    if (forwarding.isAnswered) res.end();
  }
  early.length = 0;
}

function write(forwarding: Forwarding, chunk: Buffer): void {
  const { exchange, transport } = forwarding;
  const { res } = exchange;
  if (res.destroyed || res.write(chunk) || transport === undefined) return;
  transport.pauseAnswer();
  res.once('drain', () => {
    forwarding.movedAtMs = forwarding.clock.now();
    transport.resumeAnswer();
  });
}

/**
 * The key service is a part of the product, and no upstream to those who manage keys: while it is away or silent nothing
 * can be decided, which is 503.
 */
function problemFor(error: unknown, { route: { credential }, head }: Forwarding): Problem {
  const isUpstreams = !(error instanceof Problem) || error.status === 502 || error.status === 504;
  if (!isUpstreams) return error;
  if (credential.kind !== 'api_key') return unavailable('key_service_unreachable', plainCause(error));
  if (error instanceof Problem) return error;
  return new Problem('upstream_unreachable', {
    reason: head === undefined ? reasonFor(error) : 'upstream_broke_off',
    cause: plainCause(error),
  });
}

function reasonFor(error: unknown): string {
  const { code, message } = partsOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'upstream_connect_timeout';
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') return 'upstream_bad_head';
  return message === 'bad upgrade' ? 'upstream_unasked_upgrade' : 'upstream_unreachable';
}

/** The words of an error alone: a parser's error holds bytes of the answer, which no log may have. */
function plainCause(error: unknown): Error {
  const { code, message } = partsOf(error);
  return new Error(code === '' || message.includes(code) ? message : `${code}: ${message}`);
}

export function partsOf(error: unknown): { readonly code: string; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return { code, message: 'message' in error ? String(error.message) : '' };
}
