import { Counter, Histogram, type Registry } from 'prom-client';

/** Labels are routes and statuses only: a caller cannot multiply them. */
export interface RequestMetrics {
  readonly requests: Counter<'route' | 'status'>;
  readonly duration: Histogram<'route'>;
}

export interface RequestMetricsOptions {
  readonly registry: Registry;
  /** The prefix of the metrics' names. */
  readonly service: string;
  /** Upper bounds of the durations, seconds; prom-client's own, from 5 ms to 10 s, when absent. */
  readonly buckets?: readonly number[];
}

/** `<service>_requests_total` and `<service>_request_seconds`. */
export function createRequestMetrics({ registry, service, buckets }: RequestMetricsOptions): RequestMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: `${service}_requests_total`,
      help: 'Answered requests',
      labelNames: ['route', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: `${service}_request_seconds`,
      help: 'From the head of the request to the end of the answer, seconds',
      labelNames: ['route'],
      ...(buckets && { buckets: [...buckets] }),
      registers,
    }),
  };
}
