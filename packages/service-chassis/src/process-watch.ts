import { Counter, type Registry } from 'prom-client';
import type { Logger } from './logger.ts';

/**
 * Watches whether the process itself is in trouble, so that a load balancer can leave it alone for a while: its event
 * loop stood still a moment ago, or its heap is nearly full. Before a full heap counts, memory is given back.
 */
export interface ProcessWatch {
  /** @returns why the process is not ready, in one sentence; undefined when it is. */
  trouble(): string | undefined;
  stop(): void;
}

export interface ProcessWatchParts {
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
  /** How full the heap is, from 0 to 1. */
  readonly heapShare: () => number;
  /** Gives back memory that can be rebuilt. */
  readonly shed: () => void;
  readonly registry: Registry;
  /** The prefix of the metrics' names. */
  readonly service: string;
  readonly log: Logger;
}

const intervalMs = 250;
/** Milliseconds. A tick that is later counts as a stall; no decision may take as long. */
const stallMs = 1_000;
const recentMs = 5_000;
/**
 * Ticks. Only a heap that is full for so many in a row counts, because the share includes garbage that a collection
 * will free.
 */
const fullTicks = 4;
const fullShare = 0.9;

export function watchProcess({
  monotonicNow,
  heapShare,
  shed,
  registry,
  service,
  log,
}: ProcessWatchParts): ProcessWatch {
  const stalls = new Counter({
    name: `${service}_event_loop_stalls_total`,
    help: 'Times that the event loop stood still for more than a second',
    registers: [registry],
  });
  const sheds = new Counter({
    name: `${service}_heap_sheds_total`,
    help: 'Times that memory was given back because the heap was nearly full',
    registers: [registry],
  });
  let tickedAtMs = monotonicNow();
  let stalledAtMs = Number.NEGATIVE_INFINITY;
  let fullFor = 0;
  const timer = setInterval(tick, intervalMs);
  timer.unref();

  return {
    trouble: () => {
      // Right after a stall the tick that would notice it has not run yet.
      noticeStall(monotonicNow());
      if (fullFor >= fullTicks) return 'the heap is nearly full';
      return monotonicNow() - stalledAtMs < recentMs ? 'the event loop stood still a moment ago' : undefined;
    },
    stop: () => clearInterval(timer),
  };

  function tick(): void {
    const nowMs = monotonicNow();
    noticeStall(nowMs);
    tickedAtMs = nowMs;
    fullFor = heapShare() >= fullShare ? fullFor + 1 : 0;
    if (fullFor % fullTicks !== 0 || fullFor === 0) return;
    sheds.inc();
    log.warn({ at: 'heap_nearly_full' });
    shed();
  }

  function noticeStall(nowMs: number): void {
    const lateMs = nowMs - tickedAtMs - intervalMs;
    if (lateMs < stallMs) return;
    if (nowMs - stalledAtMs > recentMs || tickedAtMs > stalledAtMs) {
      stalls.inc();
      log.warn({ at: 'event_loop_stalled', ms: Math.round(lateMs) });
    }
    stalledAtMs = nowMs;
  }
}
