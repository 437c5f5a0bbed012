import { createLine } from '@engagetrack/service-chassis';

/**
 * How fast something is done that strangers can ask for as often as they like. Up to the pace it is done at once; above
 * it, each waits for its turn.
 *
 * Counted in ticks and not by a clock: a process that was busy for a second owes nobody a second's worth.
 */
export interface Pace {
  /**
   * Acts now or in its turn; at once where too many wait already.
   * @param cost compared with the cheapest act.
   * @returns gives the turn up: whoever has left holds nobody up.
   */
  take(act: () => void, cost?: number): () => void;
  /** Acts if it need not wait. @returns whether it has. */
  takeNow(act: () => void): boolean;
  /** Nobody waits, and a whole burst may act at once. */
  isResting(): boolean;
  /** Whoever comes now has to wait. */
  isSpent(): boolean;
  /** What was taken has turned out to cost nothing. */
  giveBack(cost: number): void;
  /** Acts for all who still wait, and lets nobody wait any more. */
  stop(): void;
}

export interface PaceOptions {
  /** Of the cheapest acts. */
  readonly perSecond: number;
  /** So many of them at once, after a quiet moment. */
  readonly burst: number;
  /** What waits takes memory: over so many, the next ones do not. */
  readonly waitingMax: number;
  /** Told how many wait, whenever that changes. */
  readonly tellWaiting?: (waiting: number) => void;
}

const tickMs = 5;

interface Waiter {
  readonly act: () => void;
  readonly cost: number;
}

export function createPace({ perSecond, burst, waitingMax, tellWaiting = () => undefined }: PaceOptions): Pace {
  const perTick = (perSecond * tickMs) / 1_000;
  const waiting = createLine<Waiter>();
  let allowed = burst;
  let ticks: NodeJS.Timeout | undefined;
  let isStopped = false;

  return {
    take: (act, cost = 1) => {
      const mustWait = isShortOf(cost);
      if (mustWait && !isStopped && waiting.size < waitingMax) {
        const leave = waiting.join({ act, cost });
        tellWaiting(waiting.size);
        return () => {
          if (leave()) tellWaiting(waiting.size);
        };
      }
      if (!mustWait) spend(cost);
      act();
      return () => undefined;
    },
    takeNow: (act) => {
      if (isShortOf(1)) return false;
      spend(1);
      act();
      return true;
    },
    isResting: () => waiting.size === 0 && allowed >= burst,
    isSpent: () => isShortOf(1),
    giveBack: allow,
    stop: () => {
      isStopped = true;
      clearInterval(ticks);
      for (let waiter = waiting.takeFirst(); waiter !== undefined; waiter = waiting.takeFirst()) waiter.act();
      tellWaiting(0);
    },
  };

  function isShortOf(cost: number): boolean {
    return waiting.size > 0 || allowed < cost;
  }

  function spend(cost: number): void {
    allowed -= cost;
    if (!isStopped) ticks ??= setInterval(tick, tickMs).unref();
  }

  function tick(): void {
    allow(perTick);
    if (allowed < burst) return;
    clearInterval(ticks);
    ticks = undefined;
  }

  function allow(more: number): void {
    allowed = Math.min(burst, allowed + more);
    for (let next = waiting.first(); next !== undefined && next.cost <= allowed; next = waiting.first()) {
      waiting.takeFirst();
      allowed -= next.cost;
      next.act();
      tellWaiting(waiting.size);
    }
  }
}
