import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { Problem } from '@engagetrack/contracts';
import type { Exchange } from './exchange.ts';
import type { Route } from './routes/route-table.ts';

const connectTimeoutMs = 2_000;
/** A caller that is silent for so long in the middle of a body has left. */
const bodyIdleTimeoutMs = 15_000;
/** However lively both sides are, an exchange ends after so long; a stream is taken up again by its client. */
const exchangeTimeoutMs = 300_000;
const interimAnswersMax = 10;
/** What chunks may cost beside their bytes: this much, and then so many times the bytes themselves. */
const framingBytesMax = 64 * 1024;
const framingFactorMax = 8;

/**
 * The deadlines and ceilings of one request on its way: whatever breaks one ends the outgoing request with its problem,
 * and with it the exchange.
 */
export function watchOutgoing(outgoing: ClientRequest, exchange: Exchange, route: Route): void {
  const { socket } = outgoing;
  if (socket === null) return;
  limitConnecting(outgoing, socket);
  limitSilence({ outgoing, socket, exchange, timeoutMs: route.timeoutMs });
  limitHead(outgoing, route.timeoutMs);
  limitWhole(outgoing, exchange);
  limitInterimAnswers(outgoing);
  if (exchange.broken !== undefined) limitBody({ outgoing, exchange, broken: exchange.broken, route });
}

function limitConnecting(outgoing: ClientRequest, socket: Socket): void {
  if (!socket.connecting) return;
  const deadline = setTimeout(() => {
    outgoing.destroy(new Problem('upstream_unreachable', { reason: 'upstream_connect_timeout' }));
  }, connectTimeoutMs);
  const settled = (): void => {
    clearTimeout(deadline);
    socket.off('connect', settled);
  };
  socket.once('connect', settled);
  outgoing.once('close', settled);
}

interface Silence {
  readonly outgoing: ClientRequest;
  readonly socket: Socket;
  readonly exchange: Exchange;
  readonly timeoutMs: number;
}

/** Neither side may be silent for long; whose silence it is decides what the caller is told. */
function limitSilence({ outgoing, socket, exchange: { req, res }, timeoutMs }: Silence): void {
  const judge = (): void => {
    // A caller that sends nothing or takes nothing is not the upstream's fault; its own deadlines run.
    const isCallersSilence = res.writableNeedDrain || (!req.complete && !outgoing.writableNeedDrain);
    if (isCallersSilence) socket.setTimeout(timeoutMs);
    else outgoing.destroy(new Problem('upstream_timeout'));
  };
  socket.setTimeout(timeoutMs);
  socket.on('timeout', judge);
  outgoing.once('close', () => {
    socket.off('timeout', judge);
    socket.setTimeout(0);
  });
}

/** The head of the answer is due this long after the whole request has been sent, however slowly it trickles in. */
function limitHead(outgoing: ClientRequest, timeoutMs: number): void {
  let deadline: NodeJS.Timeout | undefined;
  outgoing.once('finish', () => {
    deadline = setTimeout(() => outgoing.destroy(new Problem('upstream_timeout')), timeoutMs);
  });
  outgoing.once('response', () => clearTimeout(deadline));
  outgoing.once('close', () => clearTimeout(deadline));
}

function limitWhole(outgoing: ClientRequest, { res }: Exchange): void {
  const deadline = setTimeout(() => {
    if (res.headersSent) res.destroy();
    else outgoing.destroy(new Problem('upstream_timeout', { reason: 'exchange_timeout' }));
  }, exchangeTimeoutMs);
  res.once('close', () => {
    clearTimeout(deadline);
    // An answer may be complete before its request is: what is left of that goes nowhere.
    if (!outgoing.writableFinished) outgoing.destroy();
  });
}

/** RFC 9110 section 15.2: interim answers may precede the final one; these say nothing that a caller waits for. */
function limitInterimAnswers(outgoing: ClientRequest): void {
  let interimAnswers = 0;
  outgoing.on('information', () => {
    interimAnswers += 1;
    if (interimAnswers > interimAnswersMax) outgoing.destroy(unreadableAnswer('upstream_interim_answers'));
  });
  // No upgrade was asked for; without a listener node:http would drop the connection without a word to anybody.
  outgoing.once('upgrade', (_answer, socket) => {
    socket.on('error', () => {});
    socket.destroy();
    outgoing.emit('error', unreadableAnswer('upstream_unasked_upgrade'));
  });
}

interface Body {
  readonly outgoing: ClientRequest;
  readonly exchange: Exchange;
  readonly broken: AbortSignal;
  readonly route: Route;
}

function limitBody({ outgoing, exchange: { req, res }, broken, route: { bodyBytesMax } }: Body): void {
  const bytesReadBefore = req.socket.bytesRead;
  let received = 0;
  const idle = setTimeout(() => {
    // Nothing is read from the caller while the upstream takes nothing.
    if (outgoing.writableNeedDrain) idle.refresh();
    else give(new Problem('bad_request', { reason: 'body_idle' }));
  }, bodyIdleTimeoutMs);
  req.on('data', measure);
  req.once('close', () => clearTimeout(idle));
  req.once('end', () => clearTimeout(idle));
  broken.addEventListener('abort', () => give(broken.reason));

  function measure(chunk: Buffer): void {
    idle.refresh();
    received += chunk.length;
    const framing = req.socket.bytesRead - bytesReadBefore - received;
    if (received > bodyBytesMax || framing > framingBytesMax + framingFactorMax * received)
      give(new Problem('payload_too_large'));
  }

  function give(problem: Problem): void {
    clearTimeout(idle);
    // Once is enough: what comes behind it is read so that the caller gets to know.
    req.off('data', measure);
    // Behind an answer that is out already there is nobody left to tell.
    if (res.headersSent) req.destroy();
    else outgoing.destroy(problem);
  }
}

/** An answer that no two readers would read alike. */
export function unreadableAnswer(reason: string): Problem {
  return new Problem('upstream_unreachable', { reason });
}
