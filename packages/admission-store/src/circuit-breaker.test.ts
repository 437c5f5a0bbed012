import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CircuitBreaker, createCircuitBreaker } from './circuit-breaker.ts';

const probeIntervalMs = 100;
const failure = new Error('no answer');
const fails = () => Promise.reject(failure);
const succeeds = async () => 'answer';

describe('a circuit breaker', () => {
  let breaker: CircuitBreaker;
  /** The results of the probes, in order; the last one repeats. */
  let course: ('good' | 'bad' | 'held')[];
  let held: PromiseWithResolvers<void>;
  let probes: number;
  beforeEach(() => {
    jest.useFakeTimers();
    course = ['good'];
    held = Promise.withResolvers();
    probes = 0;
    breaker = createCircuitBreaker({
      probe: () => {
        probes += 1;
        const outcome = course.length > 1 ? course.shift() : course[0];
        if (outcome === 'held') return held.promise;
        return outcome === 'good' ? Promise.resolve() : Promise.reject(failure);
      },
      failuresToOpen: 3,
      successesToClose: 2,
      probeIntervalMs,
    });
  });
  afterEach(() => {
    breaker.close();
    jest.useRealTimers();
  });

  const fail = async (times: number) => {
    for (let n = 0; n < times; n += 1) await expect(breaker.run(fails)).rejects.toBe(failure);
  };
  const pass = (intervals: number) => jest.advanceTimersByTimeAsync(intervals * probeIntervalMs);

  it('passes on the result of the call, and counts only failures in a row', async () => {
    for (let n = 0; n < 5; n += 1) {
      await fail(2);
      expect(await breaker.run(succeeds)).toBe('answer');
    }
    expect([breaker.isOpen(), probes]).toEqual([false, 0]);
  });

  it('opens with the last failure that it takes, and asks no sooner than an interval later', async () => {
    await fail(2);
    expect(breaker.isOpen()).toBe(false);
    await fail(1);
    expect(breaker.isOpen()).toBe(true);
    await jest.advanceTimersByTimeAsync(probeIntervalMs - 1);
    expect(probes).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    expect(probes).toBe(1);
  });

  it('closes after so many good probes in a row, and counts anew from there', async () => {
    await fail(3);
    await pass(1);
    expect(breaker.isOpen()).toBe(true);
    await pass(1);
    expect(breaker.isOpen()).toBe(false);
    await pass(10);
    expect(probes).toBe(2);
    await fail(2);
    expect(breaker.isOpen()).toBe(false);
    await fail(1);
    expect(breaker.isOpen()).toBe(true);
  });

  it('stays open while probes fail, and for a dependency that flickers', async () => {
    course = ['bad', 'good', 'bad', 'good', 'bad', 'good'];
    await fail(3);
    await pass(6);
    expect([breaker.isOpen(), probes]).toEqual([true, 6]);
    await pass(1);
    expect(breaker.isOpen()).toBe(false);
  });

  it('sends one probe at a time', async () => {
    course = ['held'];
    await fail(3);
    await pass(20);
    expect([breaker.isOpen(), probes]).toEqual([true, 1]);
  });

  it('is not opened twice, nor closed, by calls that were under way when it opened', async () => {
    const underWay = Array.from({ length: 4 }, () => Promise.withResolvers<string>());
    const calls = underWay.map(({ promise }) => breaker.run(() => promise).catch(() => 'failed'));
    await fail(3);
    for (const each of underWay.slice(0, 3)) each.reject(failure);
    underWay[3]?.resolve('late answer');
    expect(await Promise.all(calls)).toEqual(['failed', 'failed', 'failed', 'late answer']);
    expect(breaker.isOpen()).toBe(true);
    await pass(1);
    expect(probes).toBe(1);
  });

  it('sends no probe once it is stopped', async () => {
    await fail(3);
    breaker.close();
    await pass(10);
    expect(probes).toBe(0);
    await fail(3);
    await pass(10);
    expect(probes).toBe(0);
  });

  it.each(['good', 'bad'] as const)('sends no further probe when it is stopped during a %s probe', async (outcome) => {
    course = ['held'];
    await fail(3);
    await pass(1);
    breaker.close();
    if (outcome === 'good') held.resolve();
    else held.reject(failure);
    await pass(10);
    expect([probes, jest.getTimerCount()]).toEqual([1, 0]);
  });
});
