/** The questions of the run to its load processes, and their answers. */

export type LoadTask = GoodTask | ParallelTask | SlowSocketsTask | GuessesTask | OneKeyTask | EndlessBodyTask;

/** One request of a good caller. */
export interface Call {
  readonly path: string;
  /** An API key or a session token. */
  readonly bearer: string;
}

/** The place that callers come from. */
export interface Origin {
  /** The loopback address of their sockets. */
  readonly localAddress: string;
  /** The client address that a trusted hop in front would name; without it the gateway sees the socket's address. */
  readonly forwardedFor?: string | undefined;
}

/** Callers with good keys or sessions, who send at a fixed rate however long the answers take. */
export interface GoodTask {
  readonly kind: 'good';
  readonly port: number;
  readonly from: Origin;
  /** Sent in turn. */
  readonly calls: readonly Call[];
  readonly requestsPerSecond: number;
  /** Connections kept open; the one that has rested longest is used next. */
  readonly connections: number;
  /** The share of answers, 0 to 1, after which the caller closes its connection and opens another one. */
  readonly remadeShare: number;
  /** Seconds at the start in which all connections are opened, by a request each. */
  readonly rampSeconds: number;
}

/** So many calls at the same moment, in turn with one key and spread over many keys. */
export interface ParallelTask {
  readonly kind: 'parallel';
  readonly port: number;
  readonly path: string;
  /** A path with a counter of its own, for the requests that make the gateway know the keys. */
  readonly warmUpPath: string;
  readonly calls: number;
  /** A key for each round. */
  readonly singleKeys: readonly string[];
  readonly manyKeys: readonly string[];
}

/** Heads that trickle in, a byte at a time. */
export interface SlowSocketsTask {
  readonly kind: 'slow_sockets';
  readonly port: number;
  readonly sockets: number;
  readonly byteEveryMs: number;
}

/** Well-formed keys that were never created, a new one for each guess; or one dead key, again and again. */
export interface GuessesTask {
  readonly kind: 'guesses';
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly guessesPerSecond: number;
  /** Guesses sent ahead on one connection before the first of them is answered. */
  readonly aheadMax: number;
  readonly from: Origin;
  /** Whether each guess has its own client address, as a trusted hop in front would name it. */
  readonly fromEverywhere?: boolean;
  /** Sent instead of guesses. */
  readonly deadKey?: string;
}

/** Bursts of requests of one key that the gateway has never seen; each burst has another key. */
export interface OneKeyTask {
  readonly kind: 'one_key';
  readonly port: number;
  readonly path: string;
  readonly keys: readonly string[];
  readonly connections: number;
  readonly requests: number;
}

/** Bodies in chunks without an end. */
export interface EndlessBodyTask {
  readonly kind: 'endless_body';
  readonly port: number;
  readonly path: string;
  readonly keys: readonly string[];
  readonly connections: number;
  readonly bytesEach: number;
}

export interface LoadFigures {
  /** Sums since the task began. */
  readonly counts: Readonly<Record<string, number>>;
  /** Measured values by name, since they were last read. */
  readonly samples?: Readonly<Record<string, readonly number[]>>;
  /** Milliseconds, since it was last read: how late the load process's own event loop was, at the 99th percentile. */
  readonly lateMs?: number;
}

export type LoadQuestion =
  | { readonly id: number; readonly ask: 'begin'; readonly task: LoadTask }
  | { readonly id: number; readonly ask: 'take' | 'end' };

export type LoadReply =
  | { readonly id: number; readonly figures: LoadFigures }
  | { readonly id: number; readonly complaint: string };

/** The channel joins two files of this folder, so the form of a message is not checked. */
export function parseLoadQuestion(message: unknown): LoadQuestion {
  return message as LoadQuestion;
}

export function parseLoadReply(message: unknown): LoadReply {
  return message as LoadReply;
}
