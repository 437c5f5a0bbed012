import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createAttachment } from './attachment.ts';
import type { CutNetworks } from './cut-networks.ts';
import type { HeldAnswers } from './held-answers.ts';
import { createOnePerTurn } from './one-per-turn.ts';

/**
 * The requests of one connection, one at a time.
 *
 * node:http starts every request that it finds in the bytes of a connection at once. Here the next one begins when the
 * answer before it is complete: a connection never occupies more than one place among the requests in flight, and what
 * stands behind the last answer of a connection is never looked at.
 */
export interface ConnectionTurns {
  /** Starts the request when its turn has come; never, when the connection ends before. */
  take(req: IncomingMessage, res: ServerResponse, start: () => void): void;
  /** Runs once every answer that is due on the connection has been sent; only the first call for a connection counts. */
  afterwards(socket: Duplex, last: () => void): void;
  /** The request whose bytes are being read: its head has come and its end has not. */
  unfinished(socket: Duplex): IncomingMessage | undefined;
  isAnswering(socket: Duplex): boolean;
  /** How much has come since the last answer was complete; undefined while one is due. */
  bytesSinceLastAnswer(socket: Socket): number | undefined;
}

/** The answer to the last of them says `Connection: close`. */
const requestsPerConnectionMaxUsual = 10_000;
/** With so many requests ahead of their turn, nothing more is read from a connection until they have been answered. */
const readAheadMax = 64;
/** What comes in one piece is taken as it comes; over so many, on one connection or on all of them, the connection is cut. */
const waitingPerConnectionMax = 1_024;
const waitingMax = 2_048;
/** The same for a connection from a network that has had one cut: what waits there takes room from others. */
const waitingOfCutMax = 16;

interface Turn {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly start: () => void;
}

interface Connection {
  requests: number;
  /** An answer is due, or held. */
  isBusy: boolean;
  /** The turn that was taken last: the only one whose bytes can still be coming. */
  latest: Turn | undefined;
  readonly waiting: Turn[];
  last: (() => void) | undefined;
  bytesReadBefore: number;
  isHeldBack: boolean;
}

export interface ConnectionTurnsParts {
  readonly answers: HeldAnswers;
  readonly cutNetworks: CutNetworks;
  /** Told of a connection when everything asked on it has been answered. */
  readonly rests: (socket: Socket) => void;
  readonly requestsPerConnectionMax?: number | undefined;
}

export function createConnectionTurns({
  answers,
  cutNetworks,
  rests,
  requestsPerConnectionMax = requestsPerConnectionMaxUsual,
}: ConnectionTurnsParts): ConnectionTurns {
  const connections = createAttachment<Duplex, Connection>('connection');
  const newcomers = createOnePerTurn();
  let waiting = 0;

  return {
    take: (req, res, start) => {
      // What else came in the piece that a connection was cut for.
      if (req.socket.destroyed) return;
      const connection = connectionOf(req.socket);
      connection.requests += 1;
      if (connection.requests > requestsPerConnectionMax || connection.last !== undefined) return;
      if (connection.requests === requestsPerConnectionMax) res.shouldKeepAlive = false;
      const turn = { req, res, start };
      connection.latest = turn;
      if (!connection.isBusy) begin(connection, turn);
      else if (hasSentTooMuchAhead(connection, req.socket)) cutNetworks.cut(req.socket);
      else {
        connection.waiting.push(turn);
        waiting += 1;
        if (connection.waiting.length >= readAheadMax) holdBack(connection, req.socket);
      }
    },
    afterwards: (socket, last) => {
      const connection = connectionOf(socket);
      if (connection.last !== undefined) return;
      connection.last = last;
      if (!connection.isBusy) last();
    },
    unfinished: (socket) => {
      const req = connections.of(socket)?.latest?.req;
      return req === undefined || req.complete ? undefined : req;
    },
    isAnswering: (socket) => connections.of(socket)?.isBusy === true,
    bytesSinceLastAnswer: (socket) => {
      const { isBusy, bytesReadBefore } = connectionOf(socket);
      return isBusy ? undefined : socket.bytesRead - bytesReadBefore;
    },
  };

  function connectionOf(socket: Duplex): Connection {
    const known = connections.of(socket);
    if (known !== undefined) return known;
    const created: Connection = {
      requests: 0,
      isBusy: false,
      latest: undefined,
      waiting: [],
      last: undefined,
      bytesReadBefore: 0,
      isHeldBack: false,
    };
    connections.set(socket, created);
    return created;
  }

  function hasSentTooMuchAhead(connection: Connection, socket: Socket): boolean {
    const ahead = connection.waiting.length;
    if (ahead >= waitingPerConnectionMax || waiting >= waitingMax) return true;
    return ahead >= waitingOfCutMax && cutNetworks.has(socket);
  }

  function begin(connection: Connection, turn: Turn): void {
    connection.isBusy = true;
    turn.res.on('close', () => {
      // A connection may rest for long: it does not keep what is over.
      if (connection.latest === turn && turn.req.complete) connection.latest = undefined;
      endTurn(connection, turn.req.socket);
    });
    if (connection.requests > 1) turn.start();
    else
      newcomers.take(() => {
        if (!turn.res.destroyed) turn.start();
      });
  }

  /** Of its own, so that a held answer refers to nothing of the turn. */
  function endTurn(connection: Connection, socket: Socket): void {
    answers.afterwards(socket, () => goOn(connection, socket));
  }

  function goOn(connection: Connection, socket: Socket): void {
    connection.isBusy = false;
    connection.bytesReadBefore = socket.bytesRead;
    // After an answer that closes the connection, or a connection that has broken, nothing more is due.
    if (!socket.writable) {
      waiting -= connection.waiting.length;
      connection.waiting.length = 0;
    }
    const next = connection.waiting.shift();
    if (next === undefined) {
      connection.isHeldBack = false;
      socket.resume();
      rests(socket);
      connection.last?.();
      return;
    }
    waiting -= 1;
    if (connection.isHeldBack) holdBack(connection, socket);
    begin(connection, next);
  }

  /** node:http reads on at the end of every request, so the word has to come after its own, and again with every turn. */
  function holdBack(connection: Connection, socket: Socket): void {
    connection.isHeldBack = true;
    process.nextTick(() => {
      if (connection.isHeldBack) socket.pause();
    });
  }
}
