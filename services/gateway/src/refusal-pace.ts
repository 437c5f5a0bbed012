/**
 * How fast strangers are refused.
 *
 * A refusal costs the process about as much as an answer, and whoever makes nothing but mistakes can ask for any number
 * of them. Up to this pace each is answered at once; above it they wait for their turn, so that the rest of the
 * process's time belongs to callers that are known. A connection has one answer at a time, so whoever waits asks nothing
 * more meanwhile.
 */
export interface RefusalPace {
  /** Runs the refusal, now or in its turn. */
  take(refuse: () => void): void;
  /** Runs what still waits, and lets nothing wait any more. */
  stop(): void;
}

/** Refusals a second: with them alone, a process is busy for a tenth of its time. */
const refusalsPerSecond = 1_000;
/** So many at once are no flood yet. */
const burst = 200;
/** Whoever would have to wait behind so many others is refused at once: what waits takes memory. */
const waitingMax = 2_048;
const tickMs = 5;
const refusalsPerTick = (refusalsPerSecond * tickMs) / 1_000;

/** @param tellWaiting is told how many wait for their turn, whenever that changes. */
export function createRefusalPace(tellWaiting: (waiting: number) => void): RefusalPace {
  const waiting: (() => void)[] = [];
  let allowed = burst;
  let ticks: NodeJS.Timeout | undefined;
  let isStopped = false;

  return {
    take: (refuse) => {
      if (allowed > 0) allowed -= 1;
      else if (!isStopped && waiting.length < waitingMax) {
        waiting.push(refuse);
        tellWaiting(waiting.length);
        return;
      }
      if (!isStopped) ticks ??= setInterval(tick, tickMs).unref();
      refuse();
    },
    stop: () => {
      isStopped = true;
      clearInterval(ticks);
      refuseNext(waiting.length);
    },
  };

  /** Counted in ticks and not by a clock: a process that was busy owes nobody a burst. */
  function tick(): void {
    if (waiting.length > 0) refuseNext(refusalsPerTick);
    if (waiting.length > 0) return;
    allowed = Math.min(burst, allowed + refusalsPerTick);
    if (allowed < burst) return;
    clearInterval(ticks);
    ticks = undefined;
  }
  function refuseNext(count: number): void {
    const next = waiting.splice(0, count);
    tellWaiting(waiting.length);
    for (const refuse of next) refuse();
  }
}
