import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Registry } from 'prom-client';
import { createLogger } from './logger.ts';
import { type ProcessWatch, watchProcess } from './process-watch.ts';

describe('the watch of a process', () => {
  let nowMs: number;
  let heapShare: number;
  let sheds: number;
  let registry: Registry;
  let lines: string[];
  let watch: ProcessWatch;
  beforeEach(() => {
    jest.useFakeTimers();
    nowMs = 1_000_000;
    heapShare = 0.5;
    sheds = 0;
    registry = new Registry();
    lines = [];
    watch = watchProcess({
      service: 'gateway',
      monotonicNow: () => nowMs,
      heapShare: () => heapShare,
      shed: () => {
        sheds += 1;
      },
      registry,
      log: createLogger({ service: 'any', level: 'info', stream: { write: (line) => lines.push(line) } }),
    });
  });
  afterEach(() => {
    watch.stop();
    jest.useRealTimers();
  });
  /** Lets the process run undisturbed. */
  const run = (ms: number): void => {
    for (let left = ms; left > 0; left -= 250) {
      nowMs += 250;
      jest.advanceTimersByTime(250);
    }
  };
  const counted = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value;

  it('finds no trouble in a process that runs, nor in a tick that is a little late', () => {
    run(10_000);
    nowMs += 999;
    expect(watch.trouble()).toBeUndefined();
    run(250);
    expect(watch.trouble()).toBeUndefined();
  });

  it('reports a stall at once, for five seconds, and counts it once', async () => {
    run(1_000);
    nowMs += 2_000;
    expect(watch.trouble()).toBe('the event loop stood still a moment ago');
    run(4_750);
    expect(watch.trouble()).toBe('the event loop stood still a moment ago');
    run(500);
    expect(watch.trouble()).toBeUndefined();
    expect(await counted('gateway_event_loop_stalls_total')).toBe(1);
    expect(lines.filter((line) => line.includes('event_loop_stalled'))).toHaveLength(1);
  });

  it('counts the next stall too', async () => {
    for (let n = 0; n < 3; n += 1) {
      nowMs += 2_000;
      run(1_000);
    }
    expect(await counted('gateway_event_loop_stalls_total')).toBe(3);
  });

  it('sheds a heap that stays nearly full before it says so, and again while it does', async () => {
    run(1_000);
    heapShare = 0.9;
    run(750);
    expect([sheds, watch.trouble()]).toEqual([0, undefined]);
    run(250);
    expect([sheds, watch.trouble()]).toEqual([1, 'the heap is nearly full']);
    run(1_000);
    expect(sheds).toBe(2);
    heapShare = 0.89;
    run(250);
    expect(watch.trouble()).toBeUndefined();
    expect(await counted('gateway_heap_sheds_total')).toBe(2);
  });

  it('does not count a short moment of a full heap as trouble: a collection may be due', () => {
    for (let n = 0; n < 10; n += 1) {
      heapShare = n % 3 === 0 ? 0.5 : 0.99;
      run(250);
    }
    expect([sheds, watch.trouble()]).toEqual([0, undefined]);
  });
});
