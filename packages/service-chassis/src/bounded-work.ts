import { unavailable } from '@engagetrack/contracts';
import { createLine } from './line.ts';

export interface WorkBounds {
  /** Pieces of work that run at once. */
  readonly concurrentMax: number;
  /** Pieces of work that may wait; beyond them 503 at once. */
  readonly waitingMax: number;
  /** Milliseconds. A piece that has waited longer is refused with 503. */
  readonly waitMs: number;
}

/**
 * Runs work within bounds, in the order of arrival.
 * @throws Problem 503 when the queue is full or the wait too long; such a piece of work never starts.
 */
export function createBoundedWork({ concurrentMax, waitingMax, waitMs }: WorkBounds) {
  let running = 0;
  const waiting = createLine<() => void>();

  return async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= concurrentMax) await turn();
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.takeFirst();
      if (next === undefined) running -= 1;
      else next(); // One ends and one begins, so the count stays.
    }
  };

  function turn(): Promise<void> {
    if (waiting.size >= waitingMax) return Promise.reject(unavailable('over_capacity'));
    return new Promise((resolve, reject) => {
      const leave = waiting.join(() => {
        clearTimeout(deadline);
        resolve();
      });
      const deadline = setTimeout(() => {
        leave();
        reject(unavailable('over_capacity'));
      }, waitMs);
    });
  }
}
