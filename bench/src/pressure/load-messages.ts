/** What the run asks of its load processes, and what it gets back. */

export type LoadTask = GoodTask | SlowSocketsTask | GuessesTask | OneKeyTask | EndlessBodyTask;

/** Callers with good keys, at a rate that a gateway does not notice. */
export interface GoodTask {
  readonly kind: 'good';
  readonly port: number;
  readonly path: string;
  readonly keys: readonly string[];
  readonly requestsPerSecond: number;
  /** The upstream itself, asked beside the gateway: what this process and its core do to a latency, they do to both. */
  readonly controlPort: number;
  readonly controlsPerSecond: number;
}

/** Heads that trickle in, a byte at a time. */
export interface SlowSocketsTask {
  readonly kind: 'slow_sockets';
  readonly port: number;
  readonly sockets: number;
  readonly byteEveryMs: number;
}

/** Well-formed keys that nobody has, each another one. */
export interface GuessesTask {
  readonly kind: 'guesses';
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly guessesPerSecond: number;
  /** Sent on one connection before the first of them is answered. */
  readonly aheadMax: number;
  /** Whether each guess comes from an address of its own, as a trusted hop in front would say. */
  readonly fromEverywhere: boolean;
}

/** Bursts of requests of one key that the gateway has never seen; another key for each burst. */
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

/** Sums since the task began; a good task's latencies since they were last taken. */
export interface LoadFigures {
  readonly counts: Readonly<Record<string, number>>;
  readonly gatewayMs?: readonly number[];
  readonly controlMs?: readonly number[];
}

export type LoadQuestion =
  | { readonly id: number; readonly ask: 'begin'; readonly task: LoadTask }
  | { readonly id: number; readonly ask: 'take' | 'end' };

export type LoadReply =
  | { readonly id: number; readonly figures: LoadFigures }
  | { readonly id: number; readonly complaint: string };

/** The channel joins two files of this folder, so the form of a message is taken at its word. */
export function parseLoadQuestion(message: unknown): LoadQuestion {
  return message as LoadQuestion;
}

export function parseLoadReply(message: unknown): LoadReply {
  return message as LoadReply;
}
