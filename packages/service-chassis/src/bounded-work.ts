import { unavailable } from '@engagetrack/contracts';
import { createLine } from './line.ts';

export interface WorkBounds {
  /** How many pieces of work run at once. */
  readonly concurrentMax: number;
  /** How many may wait for their turn. */
  readonly waitingMax: number;
  /** How long one may wait, milliseconds. */
  readonly waitMs: number;
}

/**
 * Runs work within bounds: over them it is refused with 503 instead of piling up.
 * The wait has a deadline, and a piece of work that gave up waiting never starts.
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
      else next(); // The place is handed over, so the count stays.
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
