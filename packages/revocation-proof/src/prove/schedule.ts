import { type Aftermath, aftermathMs, type Fault } from '../faults/fault.ts';
import type { RoundOptions } from './round.ts';
import type { RoundSize } from './round-keys.ts';

export interface Schedule {
  readonly short: boolean;
  /** Milliseconds after which no further round begins; a short run does every fault once. */
  readonly lengthMs: number;
  /** The number of revocations that the whole run must reach. */
  readonly revocationsMin: number | undefined;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
}

/** A round, and the wait before it. */
export interface PlannedRound extends RoundOptions {
  readonly waitMs: number;
}

const shortSize: RoundSize = { revoked: 12, streaming: 1, limited: 0, spanMinMs: 0 };
/** As many requests as the machine can carry. */
const busySize: RoundSize = { revoked: 700, streaming: 2, limited: 0, spanMinMs: 3_000 };
/** So few requests at a time that the times are the product's and not the machine's. */
const timedSize: RoundSize = { revoked: 250, streaming: 2, limited: 0, spanMinMs: 6_000 };
/** As few as administrators send on a busy day, because this row promises milliseconds. */
const calmSize: RoundSize = { revoked: 250, streaming: 2, limited: 0, spanMinMs: 12_000 };
const oftenHoldMaxMs = 10_000;
const limitedEveryRounds = 5;
/** The share of a full run for the faults without an aftermath. */
const lastingNothingShare = 0.55;
/** Milliseconds of the last round, with its aftermath. */
const lastRoundsMs = 90_000;

/**
 * Every fault once; then, until the time is up, all again and again. The aftermath of a fault would make the next one
 * look slower than it is: so the faults that kill a key service come first and their aftermath is over before the
 * faults of Redis, and the fault that kills them all comes last.
 */
export function* planRounds(faults: readonly Fault[], { short, lengthMs, now }: Schedule): Generator<PlannedRound> {
  const startedAtMs = now();
  const done = new Map<string, number>();
  let number = 0;
  let deadUntilMs = startedAtMs;
  const leaving = (...aftermaths: readonly Aftermath[]) =>
    faults.filter((fault) => aftermaths.includes(fault.aftermath));
  const roundOf = (fault: Fault): PlannedRound => {
    const earlier = done.get(fault.id) ?? 0;
    done.set(fault.id, earlier + 1);
    number += 1;
    const [fullMs, shortMs] = fault.holdMs;
    const limited = touchesCounters(fault) && earlier % limitedEveryRounds === 0 ? 1 : 0;
    const waitMs = fault.aftermath === 'generation' ? Math.max(0, deadUntilMs - now()) : 0;
    return { fault, number, waitMs, holdMs: short ? shortMs : fullMs, size: { ...sizeOf(fault, short), limited } };
  };
  function* untilTime(group: readonly Fault[], untilMs: number): Generator<PlannedRound> {
    for (const fault of group) yield roundOf(fault);
    const often = group.filter(({ holdMs: [fullMs] }) => fullMs <= oftenHoldMaxMs);
    while (!short && often.length > 0 && now() - startedAtMs < untilMs)
      for (const fault of often) if (now() - startedAtMs < untilMs) yield roundOf(fault);
  }

  const [killing, harmless, forgetting, last] = [
    leaving('dead_instance'),
    leaving('none'),
    leaving('generation'),
    leaving('generation_and_dead_instance'),
  ];
  const beforeLastMs = last.length === 0 ? lengthMs : lengthMs - lastRoundsMs;
  yield* untilTime(killing, harmless.length + forgetting.length === 0 ? beforeLastMs : 0);
  deadUntilMs = killing.length === 0 ? startedAtMs : now() + aftermathMs;
  yield* untilTime(harmless, forgetting.length === 0 ? beforeLastMs : lengthMs * lastingNothingShare);
  yield* untilTime(forgetting, beforeLastMs);
  yield* untilTime(last, killing.length + harmless.length + forgetting.length === 0 ? lengthMs : 0);
}

function sizeOf({ promises }: Fault, short: boolean): RoundSize {
  if (short) return shortSize;
  if (promises.acknowledgedMs !== undefined) return calmSize;
  return promises.acknowledgedWithinMs !== undefined || promises.knownKeysUnaffected ? timedSize : busySize;
}

function touchesCounters({ id, promises }: Fault): boolean {
  return id === 'F00.limits' || promises.acknowledgedWithinMs !== undefined;
}
