import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A request as node:http hands it over, before any check. */
export interface IncomingRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** The caller waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  /** Aborted with a Problem when the bytes of the request turn out to be broken; absent until somebody asks for it. */
  broken: AbortController | undefined;
}

/** A request that waits for the answer before it. */
export interface PipelinedRequest {
  readonly request: IncomingRequest;
  readonly start: () => void;
}

/** The front door's record of one connection. */
export interface Connection {
  /** Requests that have come on it. */
  requests: number;
  /** An answer is due. */
  isAnswering: boolean;
  /** The request that came last: the only one whose bytes can still be coming. */
  latest: IncomingRequest | undefined;
  /** The requests that were read ahead. */
  readonly waiting: PipelinedRequest[];
  /** Nothing is read from it before the requests that were read ahead are answered. */
  isPaused: boolean;
  /** Runs after the last answer that is due. */
  afterLastAnswer: (() => void) | undefined;
  /** `bytesRead` of the socket when the last answer was complete. */
  bytesReadBefore: number;
  /** It occupies one of the connection slots. */
  hasSlot: boolean;
  /** Takes it off the list of idle connections that it is on. */
  leaveIdleList: () => boolean;
}

const record = Symbol('connection');
type Carrier = Duplex & { [record]?: Connection };

/**
 * The record of a connection, made at the first call. It is kept on the socket itself and not in a WeakMap: V8 keeps the
 * old values of a WeakMap until the next full collection.
 */
export function connectionOf(socket: Duplex | Socket): Connection {
  const carrier: Carrier = socket;
  carrier[record] ??= {
    requests: 0,
    isAnswering: false,
    latest: undefined,
    waiting: [],
    isPaused: false,
    afterLastAnswer: undefined,
    bytesReadBefore: 0,
    hasSlot: false,
    leaveIdleList: () => false,
  };
  return carrier[record];
}
