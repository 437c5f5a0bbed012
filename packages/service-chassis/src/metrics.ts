import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the process's own figures (CPU, memory, event-loop lag, garbage collection). */
export function createMetricsRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
