/** The questions of the run to its load processes, and their answers. */

export type LoadTask = GoodTask | SlowSocketsTask | GuessesTask | OneKeyTask | EndlessBodyTask;

/** Callers with good keys, at a rate that costs a gateway next to nothing. */
export interface GoodTask {
  readonly kind: 'good';
  readonly port: number;
  readonly path: string;
  readonly keys: readonly string[];
  readonly requestsPerSecond: number;
  /** The upstream itself, called beside the gateway: this process and its core affect both latencies alike. */
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

/** Well-formed keys that were never created, a new one for each guess. */
export interface GuessesTask {
  readonly kind: 'guesses';
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  readonly guessesPerSecond: number;
  /** Guesses sent ahead on one connection before the first of them is answered. */
  readonly aheadMax: number;
  /** Whether each guess has its own client address, as a trusted hop in front would name it. */
  readonly fromEverywhere: boolean;
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

/** Sums since the task began; a good task's latencies since they were last read. */
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

/** The channel joins two files of this folder, so the form of a message is not checked. */
export function parseLoadQuestion(message: unknown): LoadQuestion {
  return message as LoadQuestion;
}

export function parseLoadReply(message: unknown): LoadReply {
  return message as LoadReply;
}
