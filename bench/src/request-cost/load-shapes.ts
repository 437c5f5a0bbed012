import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpConnection } from '../load-kit/http-connection.ts';

/** The parts that both shapes of load use. */
export interface Load {
  readonly connections: readonly HttpConnection[];
  nextRequest(): Buffer;
  /** Called for every answer with its latency, milliseconds. */
  answered(ms: number): void;
  /** Ends the load. */
  readonly signal: AbortSignal;
}

/**
 * Requests without a free connection. Beyond it the load fails: the proxy is slower than the rate, and its p99 has no
 * meaning.
 */
const dueRequestsMax = 10_000;
const tickMs = 1;

/** Saturation: every connection sends its next request as soon as it has its answer. */
export async function keepBusy({ connections, nextRequest, answered, signal }: Load): Promise<void> {
  await Promise.all(
    connections.map(async (connection) => {
      while (!signal.aborted) {
        const sentAtMs = performance.now();
        await connection.ask(nextRequest());
        answered(performance.now() - sentAtMs);
      }
    }),
  );
}

/**
 * A fixed rate, however long the answers take: a request that finds no free connection waits for one, and its wait is
 * part of its latency. Requests become due in steps of a millisecond.
 */
export async function keepRate(load: Load, requestsPerSecond: number): Promise<void> {
  const { connections, nextRequest, answered, signal } = load;
  const free = [...connections];
  const dueAtMs: number[] = [];
  const startedAtMs = performance.now();
  const failing = new AbortController();
  let failure: unknown;
  let made = 0;

  const sendWhatIsDue = (): void => {
    while (dueAtMs.length > 0) {
      const connection = free.pop();
      if (connection === undefined) return;
      const sinceMs = dueAtMs.shift() ?? performance.now();
      connection.ask(nextRequest()).then(
        () => {
          answered(performance.now() - sinceMs);
          free.push(connection);
          sendWhatIsDue();
        },
        (error: unknown) => {
          failure = error;
          failing.abort();
        },
      );
    }
  };
  while (!signal.aborted && !failing.signal.aborted) {
    const nowMs = performance.now();
    for (; made < ((nowMs - startedAtMs) * requestsPerSecond) / 1_000; made += 1) dueAtMs.push(nowMs);
    if (dueAtMs.length > dueRequestsMax)
      throw new Error(`The proxy cannot keep up with ${requestsPerSecond} requests/s`);
    sendWhatIsDue();
    await delay(tickMs);
  }
  if (failing.signal.aborted) throw failure;
}
