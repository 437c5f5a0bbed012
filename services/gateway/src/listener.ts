import { createServer, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem, type ProblemCode } from '@engagetrack/contracts';
import { problemAnswer, requestIdFrom } from '@engagetrack/service-chassis';
import type { Entrance } from './app.ts';

const headerBytesMax = 16 * 1024;
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 60_000;
const timeoutCheckIntervalMs = 1_000;
const keepAliveTimeoutMs = 65_000;
const requestsPerSocketMax = 10_000;

/**
 * The HTTP server in front of the app, with every door that node:http opens besides a plain request: broken bytes,
 * upgrades, CONNECT and expectations. Each answers with the bytes a refused request gets, and closes.
 */
export function createListener(enter: Entrance): Server {
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: timeoutCheckIntervalMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    // A missing or second Host is answered by the raw checks, with the documented body.
    requireHostHeader: false,
    // An offer of h2c is an ordinary request (RFC 9110 section 7.8); every other upgrade goes to the door below.
    shouldUpgradeCallback: (req) => req.headers.upgrade?.trim().toLowerCase() !== 'h2c',
  });
  // No limit here: node:http drops what is over it silently, the raw checks refuse it.
  server.maxHeadersCount = 0;
  server.maxRequestsPerSocket = requestsPerSocketMax;

  server.on('request', (req, res) => enter(req, res, false));
  server.on('checkContinue', (req, res) => enter(req, res, true));
  server.on('checkExpectation', (req, res) => enter(req, res, false));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, codeFor(error)));
  server.on('upgrade', (_req, socket) => refuse(socket, 'bad_request'));
  server.on('connect', (_req, socket) => refuse(socket, 'bad_request'));
  return server;
}

function codeFor(error: NodeJS.ErrnoException): ProblemCode {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return 'headers_too_large';
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'payload_too_large';
    default:
      return 'bad_request';
  }
}

/** Says no on a bare socket. A socket with an answer under way gets no second one in its middle. */
function refuse(socket: Duplex, code: ProblemCode): void {
  // Before anything else: a peer that resets a socket without an error listener ends the process.
  socket.on('error', () => socket.destroy());
  const answering = '_httpMessage' in socket && Boolean(socket._httpMessage);
  if (!socket.writable || answering) {
    socket.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(new Problem(code), undefined);
  const lines = Object.entries({ 'X-Request-Id': requestIdFrom(undefined), Connection: 'close', ...headers });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(
    `HTTP/1.1 ${status} ${reasonPhrases[status] ?? ''}\r\n${head}Date: ${new Date().toUTCString()}\r\n\r\n${body}`,
  );
}

const reasonPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  413: 'Payload Too Large',
  431: 'Request Header Fields Too Large',
};
