import { describe, expect, it } from '@jest/globals';
import { faultsNamed } from '../faults/catalogue.ts';
import type { Outcome } from '../history/history.ts';
import { violationKinds } from '../history/violation.ts';
import { judgeTally } from './judge-tally.ts';
import { tableLines } from './print-table.ts';
import { createTally, quantile, type Tally } from './tally.ts';

describe('judgeTally', () => {
  it('counts a promise broken for every kind of violation', () => {
    for (const kind of violationKinds.filter((each) => each !== 'over_admission' && each !== 'stream_not_cut')) {
      const tally = tallyOf('F07.dropped');
      tally.violations.set(kind, 2);
      expect([kind, brokenOf(tally).map(({ seen }) => seen)]).toEqual([kind, ['2']]);
    }
  });

  it('counts a round that does not heal, and a DELETE that is never acknowledged, as broken promises', () => {
    expect(brokenOf({ ...tallyOf('F07.dropped'), unhealed: 1 }).map(({ promise }) => promise)).toEqual(['it heals']);
    expect(brokenOf({ ...tallyOf('F07.dropped'), unacknowledged: 1 })).toHaveLength(1);
  });

  it('bounds how long answers in progress outlive their key', () => {
    expect(brokenOf({ ...tallyOf('F07.dropped'), cutsMs: [0, 1_000] })).toEqual([]);
    expect(brokenOf({ ...tallyOf('F07.dropped'), cutsMs: [1_001, 0] })).toHaveLength(1);
    expect(brokenOf({ ...tallyOf('F07.dropped'), cutsMs: [0, Infinity] })).toHaveLength(1);
  });

  it('allows as many over the limit as were in flight, and only where Redis is away from all gateways', () => {
    const over = (id: string, overAdmission: number) =>
      brokenOf({ ...tallyOf(id), limitsMet: 1, overAdmission }).length;
    expect([over('F22.gateway-redis', 0), over('F22.gateway-redis', 1)]).toEqual([0, 1]);
    expect([over('F04.flushall', 16), over('F04.flushall', 17)]).toEqual([0, 1]);
  });

  it('counts a service that ends by itself as a broken promise', () => {
    expect(brokenOf({ ...tallyOf('F08.postgres-down'), endedServices: ['keys'] }).map(({ seen }) => seen)).toEqual([
      'keys ended',
    ]);
  });

  it('judges no times unless told to, and judges decisions in any case', () => {
    const slow = { ...tallyOf('F00.healthy'), acknowledgedMs: [5_000], cutsMs: [5_000] };
    expect(judgeTally(slow, { timed: true }).filter(({ kept }) => !kept)).toHaveLength(3);
    expect(judgeTally(slow, { timed: false }).filter(({ kept }) => !kept)).toEqual([]);
    const outcomes = new Map<Outcome, number>([[503, 1]]);
    const broken = (id: string, timed: boolean) =>
      judgeTally({ ...tallyOf(id), knownOutcomes: outcomes }, { timed }).filter(({ kept }) => !kept).length;
    expect([broken('F08.postgres-down', false), broken('F08.postgres-down', true)]).toEqual([1, 1]);
    expect([broken('F11.keys-restart', false), broken('F11.keys-restart', true)]).toEqual([0, 1]);
  });

  it('bounds acknowledgements: by p50 and p99 when nothing is wrong, by the longest when Redis is', () => {
    const within = (id: string, acknowledgedMs: readonly number[]) =>
      brokenOf({ ...tallyOf(id), acknowledgedMs: [...acknowledgedMs] }).length;
    const hundred = (...last: readonly number[]) => [...Array.from({ length: 100 - last.length }, () => 10), ...last];
    expect(within('F00.healthy', hundred(3_000))).toBe(0);
    expect(within('F00.healthy', hundred(51, 51))).toBe(1);
    expect(
      within(
        'F00.healthy',
        hundred().map(() => 11),
      ),
    ).toBe(1);
    expect(within('F02.redis-kill', hundred(3_500))).toBe(0);
    expect(within('F02.redis-kill', hundred(3_501))).toBe(1);
    expect(within('F10.keys-kill', hundred(60_000))).toBe(0);
  });

  it('requires known keys served, look-ups refused quickly and DELETEs refused with 503 while the authority is away', () => {
    const outage = (known: Outcome, miss: Outcome, refusal: Outcome, missMs = 250) =>
      brokenOf({
        ...tallyOf('F08.postgres-down'),
        knownOutcomes: new Map([[known, 1]]),
        missOutcomes: new Map([[miss, 1]]),
        refusals: new Map([[refusal, 1]]),
        missesMs: [missMs],
      }).length;
    expect(outage(200, 503, 503)).toBe(0);
    expect([outage(503, 503, 503), outage(200, 401, 503), outage(200, 503, 502), outage(200, 503, 503, 251)]).toEqual([
      1, 1, 1, 1,
    ]);
  });
});

describe('quantile', () => {
  it('is the value that this share does not exceed', () => {
    const values = Array.from({ length: 100 }, (_, n) => 100 - n);
    expect([quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)]).toEqual([50, 99, 100]);
    expect([quantile([7], 0.5), quantile([], 0.5)]).toEqual([7, undefined]);
  });
});

describe('tableLines', () => {
  it('prints a line for each fault below the headings, and the reason of a missing row', () => {
    const tally = { ...tallyOf('F04.flushall'), rounds: 2, revocations: 26, cutsMs: [Infinity], acknowledgedMs: [7.4] };
    const lines = tableLines([tally], new Map([['F15.keys-clock', 'no library']]));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^row {2,}fault {2,}rounds {2}revoked/);
    expect(lines[1]).toMatch(/^F04\.flushall {2}FLUSHALL {2,}2 {2,}26 .* 7\.4 {2,}7\.4 {2,}7\.4 {2,}never /);
    expect(lines[2]).toBe('F15.keys-clock skipped: no library');
  });
});

function tallyOf(id: string): Tally {
  const [fault] = faultsNamed([id]);
  if (fault === undefined) throw new Error(`no ${id}`);
  return createTally(fault);
}

function brokenOf(tally: Tally) {
  return judgeTally(tally, { timed: true }).filter(({ kept }) => !kept);
}
