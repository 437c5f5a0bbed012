import { createRequestMetrics, type RequestMetrics } from '@engagetrack/service-chassis';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/**
 * Labels are routes, statuses, reasons and outcomes only: never a key, an organization or another text that a caller can
 * multiply.
 */
export interface GatewayMetrics extends RequestMetrics {
  readonly inFlight: Gauge;
  readonly decisionSeconds: Histogram<'route'>;
  readonly upstreamSeconds: Histogram<'route'>;
  /** The reason is the one of the log line. */
  readonly refusals: Counter<'reason'>;
  readonly introspections: Counter<'outcome'>;
  readonly admissions: Counter<'verdict'>;
  readonly decisions: Counter<'source'>;
  readonly fallbacks: Counter<'reason'>;
  readonly detours: Counter<'outcome'>;
  readonly witnessTrusted: Gauge;
  readonly answersWatched: Gauge;
  readonly streamsCut: Counter;
  readonly refusalsWaiting: Gauge;
  readonly connectionsClosed: Counter;
  readonly usageReports: Counter<'outcome'>;
  readonly usageLost: Counter;
}

const requestSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  return {
    ...createRequestMetrics({ registry, service: 'gateway', buckets: requestSeconds }),
    inFlight: new Gauge({ name: 'gateway_requests_in_flight', help: 'Requests being answered now', registers }),
    decisionSeconds: new Histogram({
      name: 'gateway_decision_seconds',
      help: 'From the head of the request until it is handed to its upstream, seconds: the time of the gateway itself',
      labelNames: ['route'],
      buckets: [...requestSeconds],
      registers,
    }),
    upstreamSeconds: new Histogram({
      name: 'gateway_upstream_seconds',
      help: 'From handing a request to its upstream until the head of the answer, seconds',
      labelNames: ['route'],
      buckets: [...requestSeconds],
      registers,
    }),
    refusals: new Counter({
      name: 'gateway_refusals_total',
      help: 'Requests that got an answer of the gateway itself, or whose answer it cut off, by reason',
      labelNames: ['reason'],
      registers,
    }),
    introspections: new Counter({
      name: 'gateway_introspections_total',
      help: 'Questions to the key service: active, inactive or failed',
      labelNames: ['outcome'],
      registers,
    }),
    admissions: new Counter({
      name: 'gateway_admissions_total',
      help: 'Answers of the admission store: spent, revoked, expired, stale, untrusted or failed',
      labelNames: ['verdict'],
      registers,
    }),
    decisions: new Counter({
      name: 'gateway_decisions_total',
      help: 'Admissions by who vouched for the key: the admission store or the authority',
      labelNames: ['source'],
      registers,
    }),
    fallbacks: new Counter({
      name: 'gateway_admission_fallbacks_total',
      help: 'Admissions without the admission store, by its last word',
      labelNames: ['reason'],
      registers,
    }),
    detours: new Counter({
      name: 'gateway_quota_detours_total',
      help: 'Questions to the key service to spend at the admission store: the verdict of the store, or failed',
      labelNames: ['outcome'],
      registers,
    }),
    witnessTrusted: new Gauge({
      name: 'gateway_witness_trusted',
      help: '1 while the admission store vouches for its markers to this gateway',
      registers,
    }),
    answersWatched: new Gauge({
      name: 'gateway_answers_watched',
      help: 'Answers in progress that would be cut with their key',
      registers,
    }),
    streamsCut: new Counter({
      name: 'gateway_streams_cut_total',
      help: 'Answers in progress that were cut because their key was refused meanwhile',
      registers,
    }),
    refusalsWaiting: new Gauge({
      name: 'gateway_refusals_waiting',
      help: 'Refusals of callers that go on regardless, which are sent late',
      registers,
    }),
    connectionsClosed: new Counter({
      name: 'gateway_connections_closed_total',
      help: 'Connections closed because too many requests were pipelined on them',
      registers,
    }),
    usageReports: new Counter({
      name: 'gateway_usage_reports_total',
      help: 'Usage reports to the key service: stored, refused or failed (and sent again)',
      labelNames: ['outcome'],
      registers,
    }),
    usageLost: new Counter({
      name: 'gateway_usage_lost_total',
      help: 'Requests that are missing from the usage of their key',
      registers,
    }),
  };
}
