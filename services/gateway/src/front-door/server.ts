import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Problem } from '@engagetrack/contracts';
import type { GatewayLimits } from '../limits.ts';
import { hasBody } from '../request-body.ts';
import type { IncomingRequest } from './connection.ts';
import { createConnectionLimit } from './connection-limit.ts';
import type { Entrance } from './entrance.ts';
import { createPipelining } from './pipelining.ts';
import { isH2c } from './raw-checks.ts';
import { refuseOnSocket } from './refuse-on-socket.ts';

/** Bytes of a head. A longer one is answered 431. */
const headerBytesMax = 16 * 1024;
/** Milliseconds between two looks for late requests. */
const timeoutCheckIntervalMs = 250;

type ServerLimits = Pick<
  GatewayLimits,
  | 'connectionsMax'
  | 'headTimeoutMs'
  | 'idleTimeoutMs'
  | 'requestTimeoutMs'
  | 'requestsPerConnectionMax'
  | 'writeTimeoutMs'
>;

export interface ServerParts {
  readonly entrance: Entrance;
  readonly limits: ServerLimits;
  /** Called when a connection is closed because it brought too much at once. */
  readonly closedForReadAhead: () => void;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * The HTTP server, with every way in that node:http offers besides a plain request: broken bytes, upgrades, CONNECT and
 * expectations. Each is answered with the bytes that a refused request gets, and closed.
 */
export function createFrontDoor(parts: ServerParts): Server {
  const { entrance, limits, closedForReadAhead, now } = parts;
  const connections = createConnectionLimit(limits.connectionsMax);
  const pipelining = createPipelining({
    becameIdle: connections.becameIdle,
    closedForReadAhead,
    requestsPerConnectionMax: limits.requestsPerConnectionMax,
  });
  /** Connections that have been refused, or will be behind the answers that are due. */
  const ending = new WeakSet<Duplex>();
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: limits.headTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: timeoutCheckIntervalMs,
    keepAliveTimeout: limits.idleTimeoutMs,
    // A missing or second Host is answered by the raw checks, with the documented body.
    requireHostHeader: false,
    // An offer of h2c is an ordinary request (RFC 9110 section 7.8); every other upgrade is refused below.
    shouldUpgradeCallback: (req) => !isH2c(req.headers.upgrade),
  });
  // No limits here: node:http drops fields and requests beyond its own, or answers in its own words.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = 0;
  server.setTimeout(limits.writeTimeoutMs);
  // A caller may end its side behind its last request (forward/half-closed.ts).
  Object.assign(server, { httpAllowHalfOpen: true });

  server.on('connection', connections.admit);
  server.on('request', (req, res) => accept(req, res, false));
  server.on('checkContinue', (req, res) => accept(req, res, true));
  server.on('checkExpectation', (req, res) => accept(req, res, false));
  server.on('clientError', refuseBrokenBytes);
  server.on('upgrade', (_req, socket) => refuseAfterwards(socket, new Problem('bad_request', { reason: 'upgrade' })));
  server.on('connect', (_req, socket) => refuseAfterwards(socket, new Problem('bad_request', { reason: 'connect' })));
  server.on('timeout', (socket) => {
    // Silence is the upstream's while an answer is due and everything so far has been taken.
    if (pipelining.isAnswering(socket) && socket.writableLength === 0) socket.setTimeout(limits.writeTimeoutMs);
    else socket.destroy();
  });
  return server;

  function accept(req: IncomingMessage, res: ServerResponse, expectsContinue: boolean): void {
    const request: IncomingRequest = { req, res, expectsContinue, broken: undefined };
    if (isH2c(req.headers.upgrade)) ignoreOffer(request);
    connections.becameBusy(req.socket);
    pipelining.enqueue(request, () => entrance.enter(request, () => pipelining.answered(request)));
  }

  /** The parser drops bytes that come in one piece behind a request that offers an upgrade: they may be half a request. */
  function ignoreOffer(request: IncomingRequest): void {
    const { req, res } = request;
    if (hasBody(req)) res.shouldKeepAlive = false;
    else if (pipelining.bytesSinceLastAnswer(req.socket) !== headLength(req))
      breakOff(request, new Problem('bad_request', { reason: 'bytes_behind_upgrade' }));
  }

  function refuseBrokenBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
    const isFromParser = error.code?.startsWith('HPE_') || error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
    // The parser repeats its error with every further byte, and node:http its deadline at every look.
    if (isFromParser && ending.has(socket)) return;
    ending.add(socket);
    if (isFromParser) endAfter(error, socket);
    else socket.destroy();
  }

  function endAfter(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (!socket.writable || isUnused(socket)) {
      socket.destroy();
      return;
    }
    const unfinished = pipelining.unfinished(socket);
    if (unfinished !== undefined) breakOff(unfinished, problemFor(error));
    // Bytes behind a request that said `Connection: close` mean nothing: its answer is the last.
    else if (error.code === 'HPE_CLOSED_CONNECTION') pipelining.afterLastAnswer(socket, () => socket.destroy());
    else refuseAfterwards(socket, problemFor(error));
  }

  function refuseAfterwards(socket: Duplex, problem: Problem): void {
    // Before anything else: a peer that resets a socket without an error listener ends the process.
    socket.on('error', () => socket.destroy());
    pipelining.afterLastAnswer(socket, () => entrance.noteRefusal(refuseOnSocket(socket, problem, now()), problem));
  }
}

/** The bytes of the request turn out to be broken, before it has entered or after: it must not count as whole. */
function breakOff(request: IncomingRequest, problem: Problem): void {
  request.broken ??= new AbortController();
  request.broken.abort(problem);
}

/** The bytes of a head as every client writes it; other blanks than usual look like bytes behind it. */
function headLength({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  let length = `${method} ${url} HTTP/1.1\r\n\r\n`.length;
  for (const part of rawHeaders) length += part.length + 2;
  return length;
}

/** A connection that was opened ahead of need and never used is closed without an answer: it has asked nothing. */
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
