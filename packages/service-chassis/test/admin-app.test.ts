import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Gauge } from 'prom-client';
import { createAdminApp } from '../src/admin-app.ts';
import { type ListeningServer, listen } from '../src/listen.ts';
import { createMetricsRegistry } from '../src/metrics.ts';

const stopDeadlineMs = 1_000;

describe('the admin app', () => {
  let listening: ListeningServer;
  let readiness: () => Promise<string | undefined>;
  const registry = createMetricsRegistry();
  beforeAll(async () => {
    const app = createAdminApp({ registry, readiness: () => readiness() });
    listening = await listen(createServer(app), { host: '127.0.0.1', port: 0, variable: 'ADMIN_PORT' });
  });
  beforeEach(() => {
    readiness = async () => undefined;
  });
  afterAll(() => listening.drain(stopDeadlineMs));

  const get = (path: string) => fetch(listening.url + path);

  it('says at /livez that the process runs, ready or not', async () => {
    readiness = async () => 'the database does not answer';
    const response = await get('/livez');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'live' });
  });

  it('says at /readyz that it can do its job', async () => {
    const response = await get('/readyz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ready' });
  });

  it('says at /readyz why it cannot, with 503', async () => {
    readiness = async () => 'the database does not answer';
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready', reason: 'the database does not answer' });
  });

  it('is not ready when the check itself fails, and does not say how', async () => {
    readiness = () => Promise.reject(new Error('connect postgres://user:hunter2@host'));
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.text()).toBe('{"error":"Service temporarily unavailable"}');
  });

  it('gives figures for Prometheus at /metrics, its own and those of the process', async () => {
    new Gauge({ name: 'open_streams', help: 'Streams open now', registers: [registry] }).set(3);
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toContain('\nopen_streams 3\n');
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    expect(text).toMatch(/^process_resident_memory_bytes /m);
  });

  it('has no other endpoint', async () => {
    for (const path of ['/', '/healthz', '/livez/x', '/api/v1/organizations']) {
      const response = await get(path);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('{"error":"Not found"}');
    }
    expect((await fetch(`${listening.url}/metrics`, { method: 'POST' })).status).toBe(404);
    expect((await get('/livez')).headers.has('x-powered-by')).toBe(false);
  });
});
