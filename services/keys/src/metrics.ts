import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Labels are endpoints and statuses only. */
export interface KeysMetrics {
  readonly requests: Counter<'route' | 'status'>;
  readonly duration: Histogram<'route'>;
  readonly revocationAck: Histogram;
  readonly outboxUnconfirmed: Gauge;
}

export function createKeysMetrics(registry: Registry): KeysMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'keys_requests_total',
      help: 'Answered requests',
      labelNames: ['route', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'keys_request_seconds',
      help: 'From the head of the request to the end of the answer, seconds',
      labelNames: ['route'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    revocationAck: new Histogram({
      name: 'revocation_ack_seconds',
      help: 'From a DELETE to the certainty that every gateway refuses the key, seconds',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3.5],
      registers,
    }),
    outboxUnconfirmed: new Gauge({
      name: 'outbox_unconfirmed',
      help: 'Changes that are stored but not yet certain to be seen by every gateway',
      registers,
    }),
  };
}
