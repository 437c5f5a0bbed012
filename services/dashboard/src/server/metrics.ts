import { Counter, Histogram, type Registry } from 'prom-client';

/** Labels are routes and statuses only: nothing that a caller can multiply. */
export interface DashboardMetrics {
  readonly requests: Counter<'route' | 'status'>;
  readonly duration: Histogram<'route'>;
}

export function createDashboardMetrics(registry: Registry): DashboardMetrics {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'dashboard_requests_total',
      help: 'Answered requests',
      labelNames: ['route', 'status'],
      registers,
    }),
    duration: new Histogram({
      name: 'dashboard_request_seconds',
      help: 'From the head of the request to the end of the answer, seconds',
      labelNames: ['route'],
      registers,
    }),
  };
}
