import { createRequestMetrics, type RequestMetrics } from '@engagetrack/service-chassis';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Labels are endpoints and statuses only. */
export interface KeysMetrics extends RequestMetrics {
  readonly revocationAck: Histogram;
  readonly revocationLag: Histogram;
  readonly witnessTrusted: Gauge;
  readonly revocationsRestored: Counter;
}

const requestSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function createKeysMetrics(registry: Registry): KeysMetrics {
  const registers = [registry];
  return {
    ...createRequestMetrics({ registry, service: 'keys', buckets: requestSeconds }),
    revocationAck: new Histogram({
      name: 'revocation_ack_seconds',
      help: 'From a DELETE to the certainty that every gateway refuses the key, seconds',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3.5],
      registers,
    }),
    revocationLag: new Histogram({
      name: 'revocation_lag_seconds',
      help: 'From the commit of a change to the renewal that made it a fact about the marker store, seconds',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60],
      registers,
    }),
    witnessTrusted: new Gauge({
      name: 'witness_trusted',
      help: '1 while this instance finds or makes the marker store vouch for itself',
      registers,
    }),
    revocationsRestored: new Counter({
      name: 'revocations_restored_total',
      help: 'Revocations that the database had lost and that were made anew from their markers',
      registers,
    }),
  };
}
