import { describe, expect, it } from '@jest/globals';
import { faults, faultsNamed } from '../faults/catalogue.ts';
import { aftermathMs } from '../faults/fault.ts';
import { type PlannedRound, planRounds } from './schedule.ts';

/** Milliseconds of every round; a wait takes exactly its planned time. */
const roundMs = 4_000;

describe('planRounds', () => {
  it('does every fault once in a short run', () => {
    const rounds = plan({ short: true, lengthMs: 0 });
    expect(rounds.map(({ fault }) => fault.id).sort()).toEqual(faults.map(({ id }) => id).sort());
    expect(rounds.map(({ number }) => number)).toEqual(rounds.map((_, n) => n + 1));
    for (const { fault, holdMs } of rounds) expect(holdMs).toBe(fault.holdMs[1]);
  });

  it('waits until a dead key service has left the register before the faults of Redis, and kills them all last', () => {
    const rounds = plan({ short: true, lengthMs: 0 });
    const aftermaths = rounds.map(({ fault }) => fault.aftermath);
    expect(aftermaths.at(-1)).toBe('generation_and_dead_instance');
    expect(aftermaths.lastIndexOf('dead_instance')).toBeLessThan(aftermaths.indexOf('generation'));
    const firstForgetting = rounds.find(({ fault }) => fault.aftermath === 'generation');
    const harmlessMs = aftermaths.filter((aftermath) => aftermath === 'none').length * roundMs;
    expect(firstForgetting?.waitMs).toBe(Math.max(0, aftermathMs - harmlessMs));
  });

  it('goes on until the time is up in a full run, with long faults once and exceeded limits now and then', () => {
    const lengthMs = 1_200_000;
    const rounds = plan({ short: false, lengthMs });
    expect(rounds.length * roundMs).toBeGreaterThan(lengthMs * 0.8);
    expect(rounds.length * roundMs).toBeLessThan(lengthMs * 1.1);
    expect(rounds.filter(({ fault }) => fault.id === 'F08.postgres-down')).toHaveLength(1);
    const flushes = rounds.filter(({ fault }) => fault.id === 'F04.flushall');
    expect(flushes.length).toBeGreaterThan(2);
    expect(flushes.slice(0, 6).map(({ size }) => size.limited)).toEqual([1, 0, 0, 0, 0, 1].slice(0, flushes.length));
    expect(new Set(rounds.map(({ fault }) => fault.id)).size).toBe(faults.length);
  });

  it('spends all the time on the chosen faults', () => {
    const rounds = plan({ short: false, lengthMs: 60_000, names: ['F07'] });
    expect(rounds).toHaveLength(15);
    expect(new Set(rounds.map(({ fault }) => fault.id)).size).toBe(3);
  });
});

function plan({ short, lengthMs, names = [] }: { short: boolean; lengthMs: number; names?: string[] }): PlannedRound[] {
  let nowMs = 1_000;
  const rounds: PlannedRound[] = [];
  const schedule = { short, lengthMs, revocationsMin: undefined, now: () => nowMs };
  for (const round of planRounds(faultsNamed(names), schedule)) {
    rounds.push(round);
    nowMs += round.waitMs + roundMs;
  }
  return rounds;
}
