import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Connection, connectionOf, type IncomingRequest, type PipelinedRequest } from './connection.ts';

/**
 * Pipelined requests (RFC 9112 section 9.3.2), one at a time for each connection.
 *
 * node:http starts every request that it finds in the bytes of a connection at once. Here the next one begins when the
 * answer before it is complete: a connection never occupies more than one slot of the requests in progress, and bytes
 * behind the last answer of a connection are never interpreted.
 */
export interface Pipelining {
  /** Starts the request after the answers before it; never, when the connection ends before. */
  enqueue(request: IncomingRequest, start: () => void): void;
  /** The answer is complete, or its connection has ended: the next request begins. */
  answered(request: IncomingRequest): void;
  /** Runs once every answer that is due on the connection has been sent; only the first call for a connection counts. */
  afterLastAnswer(socket: Duplex, act: () => void): void;
  /** The request whose bytes are being read: its head has come and its end has not. */
  unfinished(socket: Duplex): IncomingRequest | undefined;
  isAnswering(socket: Duplex): boolean;
  /** Bytes that have come since the last answer was complete; undefined while one is due. */
  bytesSinceLastAnswer(socket: Socket): number | undefined;
}

/** Requests. With as many read ahead, nothing more is read from the connection until they have been answered. */
const readAheadMax = 64;
/** Requests that one read of a connection may bring. Beyond them the connection is closed. */
const readAtOnceMax = 1_024;
/**
 * Requests that are read ahead on all connections together, about 5 KB each. Beyond them a connection that has more
 * than readAheadMax of them is closed; the others are paused, as always.
 */
const readAheadInAllMax = 8_192;

export interface PipeliningParts {
  /** Called when everything that was asked on a connection has been answered. */
  readonly becameIdle: (socket: Socket) => void;
  /** Called when a connection is closed because it brought too much at once. */
  readonly closedForReadAhead: () => void;
  /** Requests. The answer to the last one that a connection may bring says `Connection: close`. */
  readonly requestsPerConnectionMax: number;
}

export function createPipelining({
  becameIdle,
  closedForReadAhead,
  requestsPerConnectionMax,
}: PipeliningParts): Pipelining {
  let readAheadInAll = 0;

  return {
    enqueue: (request, start) => {
      const { req, res } = request;
      const { socket } = req;
      // Further requests of the read for which the connection was closed.
      if (socket.destroyed) return;
      const connection = connectionOf(socket);
      connection.requests += 1;
      if (connection.requests > requestsPerConnectionMax || connection.afterLastAnswer !== undefined) return;
      if (connection.requests === requestsPerConnectionMax) res.shouldKeepAlive = false;
      connection.latest = request;
      if (!connection.isAnswering) begin(connection, { request, start });
      else if (isOverReadAhead(connection)) {
        closedForReadAhead();
        socket.destroy();
      } else {
        connection.waiting.push({ request, start });
        readAheadInAll += 1;
        if (connection.waiting.length >= readAheadMax) pause(connection, socket);
      }
    },
    answered: (request) => {
      const { socket } = request.req;
      const connection = connectionOf(socket);
      // An idle connection keeps nothing of a request that is over.
      if (connection.latest === request && request.req.complete) connection.latest = undefined;
      beginNext(connection, socket);
    },
    afterLastAnswer: (socket, act) => {
      const connection = connectionOf(socket);
      if (connection.afterLastAnswer !== undefined) return;
      connection.afterLastAnswer = act;
      if (!connection.isAnswering) act();
    },
    unfinished: (socket) => {
      const { latest } = connectionOf(socket);
      return latest === undefined || latest.req.complete ? undefined : latest;
    },
    isAnswering: (socket) => connectionOf(socket).isAnswering,
    bytesSinceLastAnswer: (socket) => {
      const { isAnswering, bytesReadBefore } = connectionOf(socket);
      return isAnswering ? undefined : socket.bytesRead - bytesReadBefore;
    },
  };

  function isOverReadAhead({ waiting }: Connection): boolean {
    return waiting.length >= (readAheadInAll >= readAheadInAllMax ? readAheadMax : readAtOnceMax);
  }

  function begin(connection: Connection, { start }: PipelinedRequest): void {
    connection.isAnswering = true;
    start();
  }

  function beginNext(connection: Connection, socket: Socket): void {
    connection.isAnswering = false;
    connection.bytesReadBefore = socket.bytesRead;
    // After an answer that closes the connection, or on a connection that has broken, nothing more is due.
    if (!socket.writable) {
      readAheadInAll -= connection.waiting.length;
      connection.waiting.length = 0;
    }
    const next = connection.waiting.shift();
    if (next === undefined) {
      connection.isPaused = false;
      socket.resume();
      becameIdle(socket);
      connection.afterLastAnswer?.();
      return;
    }
    readAheadInAll -= 1;
    if (connection.isPaused) pause(connection, socket);
    begin(connection, next);
  }

  /** node:http reads on at the end of every request, so the pause comes after that, and again with every request. */
  function pause(connection: Connection, socket: Socket): void {
    connection.isPaused = true;
    process.nextTick(() => {
      if (connection.isPaused) socket.pause();
    });
  }
}
