import { spreadOf } from '../load-kit/statistics.ts';

export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export function latencyOf(samples: readonly number[]): Latency {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}

/** The medians of several windows. */
export function middleOf(latencies: readonly Latency[]): Latency {
  return {
    p50Ms: spreadOf(latencies.map(({ p50Ms }) => p50Ms)).median,
    p99Ms: spreadOf(latencies.map(({ p99Ms }) => p99Ms)).median,
  };
}
