import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Problem } from '@engagetrack/contracts';
import { createLine } from '@engagetrack/service-chassis';
import { buildConnector, Client, type Dispatcher } from 'undici';
import { refuseOldDecision } from '../admission/admit.ts';
import { hasBody } from '../request-body.ts';
import type { Upstream } from '../routes/route-table.ts';
import {
  beginAnswer,
  continueAnswer,
  endAnswer,
  type Forwarding,
  failAnswer,
  partsOf,
  type Transport,
  type TransportParts,
} from './forwarding.ts';
import { isForwardable } from './judge-upstream-answer.ts';
import { createKeptConnections } from './kept-connections.ts';
import { limitRequestBody } from './limit-request-body.ts';

/**
 * The data path: HTTP/1.1 by undici, one request at a time on a connection, header bytes as they came in both directions.
 *
 * Nothing is sent twice but what the upstream's row allows, on a connection that was closed under it. The only file that imports undici.
 */

/** Bytes of an answer's head; beyond them the answer is 502. */
const headBytesMax = 16 * 1024;
/** 1xx answers before the final one; beyond them the answer is 502. */
const interimAnswersMax = 10;
/** Milliseconds beyond the limit of connecting, after which undici gives a connection up; the deadlines answer before. */
const connectMarginMs = 1_000;
/** Milliseconds before the end of what an upstream's `Keep-Alive: timeout` promises. */
const keepAliveMarginMs = 1_000;
/** Bytes of a request body that wait for the upstream, beside those in its socket. */
const bodyBufferBytes = 64 * 1024;

/** A client of undici, with which one connection at a time is open. */
interface Connection {
  readonly client: Client;
  socket: Socket | undefined;
  openedAtMs: number;
  /** Answers that came on this socket. */
  answers: number;
  /** Takes it off the list of connections in use. */
  leaveInUse: () => void;
}

export function createUndiciTransport(
  upstream: Upstream,
  { connectTimeoutMs, monotonicNow }: TransportParts,
): Transport {
  const connector = buildConnector({ allowH2: false, timeout: connectTimeoutMs + connectMarginMs });
  const kept = createKeptConnections<Connection>({ isUsable, close });
  /** Requests that have no connection to wait for any more end with the gateway. */
  const inUse = createLine<Connection>();

  return {
    send: (forwarding) => {
      const body = hasBody(forwarding.exchange.req) ? createBody(forwarding) : null;
      dispatch(forwarding, kept.take() ?? open(), body);
    },
    close: () => {
      kept.stop();
      for (const connection of inUse) close(connection);
    },
  };

  function open(): Connection {
    const client = new Client(upstream.url.origin, {
      connect: (options, callback) =>
        connector(options, (...args) => {
          const [, socket] = args;
          if (socket !== null) Object.assign(connection, { socket, openedAtMs: monotonicNow(), answers: 0 });
          callback(...args);
        }),
      pipelining: 1,
      maxHeaderSize: headBytesMax,
      strictContentLength: true,
      // The deadlines of an exchange are ours (deadlines.ts).
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: upstream.keepAliveMs,
      keepAliveTimeoutThreshold: keepAliveMarginMs,
      keepAliveMaxTimeout: upstream.connectionAgeMaxMs,
    });
    const connection: Connection = {
      client,
      socket: undefined,
      openedAtMs: monotonicNow(),
      answers: 0,
      leaveInUse: () => undefined,
    };
    return connection;
  }

  /** A connection ends when it is old, so that an upstream that moves is followed. */
  function isUsable({ socket, openedAtMs }: Connection): boolean {
    return socket?.destroyed === false && monotonicNow() - openedAtMs < upstream.connectionAgeMaxMs;
  }

  function close(connection: Connection): void {
    connection.leaveInUse();
    void connection.client.destroy();
  }

  function dispatch(forwarding: Forwarding, connection: Connection, body: Readable | null): void {
    const { exchange, fields, clock } = forwarding;
    let controller: Dispatcher.DispatchController | undefined;
    let isReused = false;
    let hasBegun = false;
    let interimAnswers = 0;

    forwarding.transport = {
      abort: () => {
        if (controller === undefined) close(connection);
        else controller.abort(new Error('given up'));
      },
      pauseAnswer: () => controller?.pause(),
      resumeAnswer: () => controller?.resume(),
      takesBody: () => body === null || body.readableLength < bodyBufferBytes,
      // undici reports nothing to a request that is complete, and late to another.
      brokenBehind: () => faultOf(connection.socket),
    };
    connection.leaveInUse = inUse.join(connection);
    connection.client.dispatch(
      { path: exchange.target.raw, method: exchange.method, headers: withoutHost(fields), body, reset: false },
      {
        // The last moment before the request is written.
        onRequestStart: (started) => {
          controller = started;
          isReused = connection.answers > 0;
          refuseIfOld(forwarding);
          forwarding.isConnected = true;
          forwarding.movedAtMs = clock.now();
        },
        onBodySent: () => {
          forwarding.movedAtMs = clock.now();
        },
        onRequestSent: () => {
          forwarding.sentAtMs = clock.now();
        },
        onResponseStarted: () => {
          hasBegun = true;
        },
        onResponseStart: ({ rawHeaders }, status, _headers, reasonPhrase = '') => {
          if (status >= 100 && status < 200) {
            interimAnswers += 1;
            if (interimAnswers > interimAnswersMax) refuseAnswer('upstream_interim_answers');
            return;
          }
          const head = { status, fields: latin1(rawHeaders), reasonPhrase };
          if (isForwardable(head)) beginAnswer(forwarding, head);
          else refuseAnswer('upstream_bad_head');
        },
        onResponseData: (_controller, chunk) => continueAnswer(forwarding, chunk),
        onResponseEnd: () => {
          connection.answers += 1;
          connection.leaveInUse();
          endAnswer(forwarding);
          kept.keep(connection);
        },
        onResponseError: (_controller, error) => {
          close(connection);
          if (!forwarding.isOver && isReused && !hasBegun && mayRepeat(error)) repeat();
          else failAnswer(forwarding, error);
        },
      },
    );

    function refuseAnswer(reason: string): void {
      failAnswer(forwarding, new Problem('upstream_unreachable', { reason }));
      controller?.abort(new Error(reason));
    }

    /** What has no body alone: the body of a request that was sent is gone. */
    function mayRepeat(error: unknown): boolean {
      return body === null && repeatable[upstream.retry].has(exchange.method) && saysClosed(error);
    }

    function repeat(): void {
      forwarding.isConnected = false;
      forwarding.sentAtMs = undefined;
      forwarding.dialledAtMs = clock.now();
      dispatch(forwarding, open(), null);
    }
  }

  /** A process that was frozen may wake up here, with a decision that a revocation has overtaken. */
  function refuseIfOld({ decidedAtMs }: Forwarding): void {
    if (decidedAtMs !== undefined) refuseOldDecision(decidedAtMs, monotonicNow());
  }
}

/**
 * A kept connection may be closed by the upstream in the moment it is used again. RFC 9110 section 9.2.2 allows that these
 * are then sent once more.
 */
const repeatable: Readonly<Record<Upstream['retry'], ReadonlySet<string>>> = {
  safe: new Set(['GET', 'HEAD']),
  idempotent: new Set(['GET', 'HEAD', 'PUT', 'DELETE']),
};

function saysClosed(error: unknown): boolean {
  const { code } = partsOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
}

/** The caller's body; not the request itself, because undici destroys what it reads from, and a request takes its connection along. */
function createBody(forwarding: Forwarding): Readable {
  const { req } = forwarding.exchange;
  limitRequestBody(forwarding);
  const push = (chunk: Buffer): void => {
    if (!body.push(chunk)) req.pause();
  };
  const end = (): void => {
    body.push(null);
  };
  const body = new Readable({
    highWaterMark: bodyBufferBytes,
    read: () => {
      req.resume();
    },
    destroy: (_error, done) => {
      req.off('data', push);
      req.off('end', end);
      // What is still to come behind an early answer is read, so that the connection can go on.
      if (!forwarding.isOver || forwarding.isAnswered) req.resume();
      done(null);
    },
  });
  req.on('data', push);
  req.on('end', end);
  return body;
}

/** undici writes `Host` itself, the same. */
function withoutHost(fields: readonly string[]): string[] {
  return fields.slice(2);
}

function latin1(raw: Dispatcher.DispatchController['rawHeaders']): readonly string[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((part) => withoutBlanksBehind(typeof part === 'string' ? part : part.toString('latin1')));
}

/** RFC 9112 section 5.1: blanks behind a value are no part of it. Not `trimEnd`, which also takes 0xA0. */
function withoutBlanksBehind(text: string): string {
  let end = text.length;
  while (text[end - 1] === ' ' || text[end - 1] === '\t') end -= 1;
  return text.slice(0, end);
}

/** undici ends connections with an error that is none, too. */
function faultOf(socket: Socket | undefined): unknown {
  const error = socket?.errored ?? undefined;
  return error === undefined || partsOf(error).code === 'UND_ERR_INFO' ? undefined : error;
}
