import type { Fault } from '../faults/fault.ts';
import type { RoundWish } from './round.ts';
import type { RoundSize } from './round-keys.ts';

export interface Schedule {
  readonly short: boolean;
  /** After how long no further round begins, milliseconds; a short run does every fault once. */
  readonly lengthMs: number;
  /** How many revocations the whole run must come to. */
  readonly revocationsMin: number | undefined;
  /** A monotonic clock, milliseconds. */
  readonly now: () => number;
}

const shortSize: RoundSize = { revoked: 12, streaming: 1, limited: 0, spanMinMs: 0 };
const fullSize: RoundSize = { revoked: 120, streaming: 2, limited: 0, spanMinMs: 1_500 };
/** So few at a time that what is measured is the product and not the machine. */
const healthySize: RoundSize = { ...fullSize, spanMinMs: 4_000 };
/** A fault that lasts longer comes once. */
const oftenHoldMaxMs = 10_000;
/** The share of a full run for the faults that leave Redis alone. */
const gentleShare = 0.4;

/**
 * Every fault once; then, until the time is up, all again and again, those that leave Redis alone first.
 * The limit is exceeded in a fault's first round and in every fifth one after.
 */
export function* planRounds(faults: readonly Fault[], schedule: Schedule): Generator<RoundWish> {
  const { short, lengthMs, now } = schedule;
  const startedAtMs = now();
  const done = new Map<string, number>();
  let number = 0;
  const roundOf = (fault: Fault): RoundWish => {
    const earlier = done.get(fault.id) ?? 0;
    done.set(fault.id, earlier + 1);
    number += 1;
    const [fullMs, shortMs] = fault.holdMs;
    const limited = touchesCounters(fault) && earlier % 5 === 0 ? 1 : 0;
    return { fault, number, holdMs: short ? shortMs : fullMs, size: { ...sizeOf(fault, short), limited } };
  };
  const harsh = faults.filter(touchesRedis);
  const gentle = faults.filter((fault) => !touchesRedis(fault));
  for (const [group, untilMs] of [
    [gentle, harsh.length === 0 ? lengthMs : lengthMs * gentleShare],
    [harsh, lengthMs],
  ] as const) {
    for (const fault of group) yield roundOf(fault);
    const often = group.filter(({ holdMs: [fullMs] }) => fullMs <= oftenHoldMaxMs);
    while (!short && often.length > 0 && now() - startedAtMs < untilMs)
      for (const fault of often) if (now() - startedAtMs < untilMs) yield roundOf(fault);
  }
}

function sizeOf({ id }: Fault, short: boolean): RoundSize {
  if (short) return shortSize;
  return id === 'F00.healthy' ? healthySize : fullSize;
}

function touchesRedis({ promises }: Fault): boolean {
  return promises.acknowledgedWithinMs !== undefined;
}

function touchesCounters(fault: Fault): boolean {
  return fault.id === 'F00.healthy' || touchesRedis(fault);
}
