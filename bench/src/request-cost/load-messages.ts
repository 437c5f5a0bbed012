/** The run's task for its load generator, and the result: the two are separate processes. */

/** Bytes of every answer's body. */
export const answerBytes = 1_024;

/** Kept-alive connections to the proxy that is measured. */
export const connectionsOpen = 32;

export interface LoadTask {
  readonly port: number;
  readonly path: string;
  /** API keys, used in turn. */
  readonly keys: readonly string[];
  /** The proxy, whose CPU account is read when measuring begins and when it ends. */
  readonly pid: number;
  /** Milliseconds of load before measuring begins: a process that has been idle is slower at first. */
  readonly leadInMs: number;
  readonly measureMs: number;
  /** The rate; as many as the proxy can answer when absent. */
  readonly requestsPerSecond?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly wallMs: number;
  /** Microseconds of CPU time of the proxy while measuring. */
  readonly cpuUs: number;
  readonly residentBytes: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export type LoadReply = { readonly ok: true; readonly result: LoadResult } | { readonly ok: false; reason: string };

export function parseLoadTask(message: unknown): LoadTask {
  if (typeof message === 'object' && message !== null && 'measureMs' in message) return message as LoadTask;
  throw new Error('The load generator got a message that is no task');
}

export function parseLoadReply(message: unknown): LoadReply {
  if (typeof message === 'object' && message !== null && 'ok' in message) return message as LoadReply;
  throw new Error('The load generator sent a message that is no reply');
}
