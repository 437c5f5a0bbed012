import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from '@engagetrack/contracts';
import type { Entrance } from './app.ts';
import { createConnectionPlaces } from './connection-places.ts';
import { createConnectionTurns } from './connection-turns.ts';
import type { CutNetworks } from './cut-networks.ts';
import type { HeldAnswers } from './held-answers.ts';
import { createOnePerTurn } from './one-per-turn.ts';
import type { Pace } from './pace.ts';
import { isH2c } from './raw-checks.ts';
import { hasBody } from './refuse.ts';
import { refuseOnSocket } from './refuse-on-socket.ts';

const headerBytesMax = 16 * 1024;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
/** Often, so that of a crowd that came together not all are told in the same turn. */
const timeoutCheckIntervalMs = 25;
const keepAliveTimeoutMs = 65_000;
/** A caller that takes nothing of its answer for twice as long is cut off: node:http forgives the first time. */
const writeIdleTimeoutMs = 15_000;
export interface ListenerParts {
  readonly entrance: Entrance;
  /** Of refusals. */
  readonly pace: Pace;
  readonly answers: HeldAnswers;
  readonly cutNetworks: CutNetworks;
  /** Above it a newcomer gets the place of who asks nothing; health and metrics are on a listener of their own. */
  readonly connectionsMax: number;
  /** The usual number when undefined (connection-turns.ts). */
  readonly requestsPerConnectionMax: number | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * The HTTP server in front of the app, with every door that node:http opens besides a plain request: broken bytes,
 * upgrades, CONNECT and expectations. Each answers with the bytes a refused request gets, and closes.
 */
export function createListener(parts: ListenerParts): Server {
  const { entrance, pace, answers, cutNetworks, connectionsMax, requestsPerConnectionMax, now } = parts;
  const places = createConnectionPlaces(connectionsMax);
  const turns = createConnectionTurns({ answers, cutNetworks, rests: places.rest, requestsPerConnectionMax });
  /** Connections that have been told no, or will be once their answers are out. */
  const ending = new WeakSet<Duplex>();
  /** Connections over a deadline: a crowd that came together is over it together. */
  const latecomers = createOnePerTurn();
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: timeoutCheckIntervalMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // A missing or second Host is answered by the raw checks, with the documented body.
    requireHostHeader: false,
    // An offer of h2c is an ordinary request (RFC 9110 section 7.8); every other upgrade goes to the door below.
    shouldUpgradeCallback: (req) => !isH2c(req.headers.upgrade),
  });
  // No limits here: node:http drops what is over them, or answers in words of its own.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 0;
  server.setTimeout(writeIdleTimeoutMs);

  server.on('connection', places.enter);
  server.on('connection', cutNetworks.enter);
  server.on('request', (req, res) => take(req, res, false));
  server.on('checkContinue', (req, res) => take(req, res, true));
  server.on('checkExpectation', (req, res) => take(req, res, false));
  server.on('clientError', meetBrokenBytes);
  server.on('upgrade', (_req, socket) => refuseAfterwards(socket, new Problem('bad_request', { reason: 'upgrade' })));
  server.on('connect', (_req, socket) => refuseAfterwards(socket, new Problem('bad_request', { reason: 'connect' })));
  server.on('timeout', (socket) => {
    // Silence is the upstream's while an answer is due and everything so far has been taken.
    if (turns.isAnswering(socket) && socket.writableLength === 0) socket.setTimeout(writeIdleTimeoutMs);
    else socket.destroy();
  });
  return server;

  function take(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    if (isH2c(req.headers.upgrade)) ignoreOffer(req, res);
    places.occupy(req.socket);
    turns.take(req, res, () => entrance.enter(req, res, expectsContinue));
  }

  /** The parser drops what comes in one piece behind a request that offers an upgrade: it may be half a request. */
  function ignoreOffer(req: IncomingMessage, res: ServerResponse): void {
    if (hasBody(req)) res.shouldKeepAlive = false;
    else if (turns.bytesSinceLastAnswer(req.socket) !== headLength(req))
      entrance.breakOff(req, new Problem('bad_request', { reason: 'bytes_behind_upgrade' }));
  }

  function meetBrokenBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
    const isParsersWord = error.code?.startsWith('HPE_') || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // The parser repeats itself with every further byte, and the deadline every time it is looked at.
    if (isParsersWord && ending.has(socket)) return;
    ending.add(socket);
    if (!isParsersWord) socket.destroy();
    else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') latecomers.take(() => endAfter(error, socket));
    else endAfter(error, socket);
  }

  function endAfter(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (!socket.writable || isUnused(socket)) {
      socket.destroy();
      return;
    }
    const unfinished = turns.unfinished(socket);
    if (unfinished !== undefined) entrance.breakOff(unfinished, problemFor(error));
    // Bytes behind a request that said `Connection: close` mean nothing: its answer comes, and the end.
    else if (error.code === 'HPE_CLOSED_CONNECTION') turns.afterwards(socket, () => socket.destroy());
    // A deadline is one for everybody: who would have to wait for the word of it is cut off without.
    else refuseAfterwards(socket, problemFor(error), error.code !== 'ERR_HTTP_REQUEST_TIMEOUT');
  }

  function refuseAfterwards(socket: Duplex, problem: Problem, mayWait = true): void {
    // Before anything else: a peer that resets a socket without an error listener ends the process.
    socket.on('error', () => socket.destroy());
    const refuse = (): void => {
      const requestId = refuseOnSocket(socket, problem, now());
      entrance.noteRefusal(requestId, problem);
    };
    turns.afterwards(socket, () => {
      if (mayWait) socket.once('close', pace.take(refuse));
      else if (!pace.takeNow(refuse)) socket.destroy();
    });
  }
}

/** The bytes of a head as every client writes it; other blanks than usual look like bytes behind it. */
function headLength({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  let length = `${method} ${url} HTTP/1.1\r\n\r\n`.length;
  for (const part of rawHeaders) length += part.length + 2;
  return length;
}

/** A connection that was opened ahead of need and never used is closed without a word: it has asked nothing. */
function isUnused(socket: Duplex): boolean {
  return isSocket(socket) && socket.bytesRead === 0;
}

function isSocket(socket: Duplex): socket is Socket {
  return 'bytesRead' in socket;
}

function problemFor(error: NodeJS.ErrnoException): Problem {
  const reason = error.code?.toLowerCase() ?? 'broken_bytes';
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', { reason });
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem('payload_too_large', { reason });
    default:
      return new Problem('bad_request', { reason });
  }
}
