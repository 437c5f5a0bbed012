/**
 * Refusals that are sent late to a caller that goes on regardless. A connection has one answer at a time, so only its
 * own sender is slowed, also behind a balancer that shares connections.
 */
export interface LateRefusals {
  /**
   * Sends the refusal after the delay, in milliseconds; at once when too many wait already.
   * @param send called once; `isLast` asks it to close the connection behind the refusal.
   * @returns gives the refusal up, for a caller that has disconnected.
   */
  sendAfter(delayMs: number, send: (isLast: boolean) => void): () => void;
  /** Sends all that wait, and every later one, at once. */
  stop(): void;
}

/** Refusals that wait at the same time, about 5 KB each. Beyond them a refusal is sent at once, and is the last. */
const waitingMax = 2_048;

/** @param tellWaiting is called with the number that waits, whenever it changes. */
export function createLateRefusals(tellWaiting: (count: number) => void): LateRefusals {
  const waiting = new Map<NodeJS.Timeout, (isLast: boolean) => void>();
  let isStopped = false;

  return {
    sendAfter: (delayMs, send) => {
      if (isStopped || waiting.size >= waitingMax) {
        send(!isStopped);
        return () => undefined;
      }
      const timer = setTimeout(() => {
        giveUp(timer);
        send(false);
      }, delayMs);
      waiting.set(timer, send);
      tellWaiting(waiting.size);
      return () => giveUp(timer);
    },
    stop: () => {
      isStopped = true;
      for (const [timer, send] of waiting) {
        giveUp(timer);
        send(false);
      }
    },
  };

  function giveUp(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    if (waiting.delete(timer)) tellWaiting(waiting.size);
  }
}
