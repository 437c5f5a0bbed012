import { describe, expect, it } from '@jest/globals';
import { judgeAfterwards, judgeDuring, usualBounds, verdictOn } from './bounds.ts';

const quiet = { othersCores: 0.1, callersLateMs: 3 };
const busy = { othersCores: 1.2, callersLateMs: 3 };
const none = { faults: [], slowness: [] };

describe('judgeDuring', () => {
  it('accepts latencies just below both bounds', () => {
    expect(judgeDuring({ p50Ms: 24.9, p99Ms: 99.9 }, usualBounds)).toEqual(none);
  });

  it('calls each latency too slow that reaches its bound', () => {
    expect(judgeDuring({ p50Ms: 25, p99Ms: 99 }, usualBounds)).toEqual({
      faults: [],
      slowness: ['good requests took 25 ms (p50), the bound is 25 ms'],
    });
    expect(judgeDuring({ p50Ms: 1, p99Ms: 130 }, usualBounds)).toEqual({
      faults: [],
      slowness: ['good requests took 130 ms (p99), the bound is 100 ms'],
    });
  });

  it('calls more than five times a bound wrong on any machine, and not just as much', () => {
    expect(judgeDuring({ p50Ms: 1, p99Ms: 500 }, usualBounds)).toMatchObject({ faults: [] });
    expect(judgeDuring({ p50Ms: 1, p99Ms: 501 }, usualBounds)).toMatchObject({ slowness: [] });
  });

  it('calls a window without an answer wrong on any machine', () => {
    expect(judgeDuring({ p50Ms: Number.NaN, p99Ms: Number.NaN }, usualBounds).faults).toHaveLength(2);
  });
});

describe('judgeAfterwards', () => {
  it('accepts what a quiet gateway may always take', () => {
    expect(judgeAfterwards({ p50Ms: 4.9, p99Ms: 24 }, { p50Ms: 1, p99Ms: 4 })).toEqual(none);
  });

  it('accepts less than twice the time of before, and not more', () => {
    expect(judgeAfterwards({ p50Ms: 4, p99Ms: 59 }, { p50Ms: 3, p99Ms: 30 })).toEqual(none);
    expect(judgeAfterwards({ p50Ms: 4, p99Ms: 61 }, { p50Ms: 3, p99Ms: 30 })).toEqual({
      faults: [],
      slowness: ['5 s afterwards good requests took 61 ms (p99), at most 60 was due'],
    });
  });
});

describe('verdictOn', () => {
  it('passes a row without faults, on a busy machine too', () => {
    expect(verdictOn(none, busy)).toEqual({ kind: 'passed' });
  });

  it('fails a slow gateway on a quiet machine', () => {
    expect(verdictOn({ faults: [], slowness: ['slow'] }, quiet)).toEqual({ kind: 'failed', complaints: ['slow'] });
  });

  it('calls the machine too busy where only times are wrong, and names the other work', () => {
    expect(verdictOn({ faults: [], slowness: ['slow'] }, busy)).toEqual({
      kind: 'not_judged',
      complaints: ['slow'],
      because: 'other work took 1.2 cores',
    });
  });

  it('judges no time by callers that were late themselves', () => {
    expect(verdictOn({ faults: [], slowness: ['slow'] }, { othersCores: undefined, callersLateMs: 40 })).toMatchObject({
      because: 'the callers were 40 ms late themselves',
    });
  });

  it('fails what is wrong on any machine on a busy one too', () => {
    expect(verdictOn({ faults: ['wrong'], slowness: ['slow'] }, busy)).toEqual({
      kind: 'failed',
      complaints: ['wrong', 'slow'],
    });
  });
});
