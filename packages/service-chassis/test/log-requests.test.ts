import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { Registry } from 'prom-client';
import { type ListeningServer, listen } from '../src/listen.ts';
import { logRequests } from '../src/log-requests.ts';
import { createLogger } from '../src/logger.ts';
import { createRequestMetrics } from '../src/request-metrics.ts';

const givenId = 'request-0001';

describe('logRequests', () => {
  let listening: ListeningServer;
  let nowMs = 1_000;
  let lineWritten = (): void => undefined;
  const registry = new Registry();
  const lines: unknown[] = [];
  beforeAll(async () => {
    const stream = {
      write: (line: string) => {
        lines.push(JSON.parse(line));
        lineWritten();
      },
    };
    const app = express();
    app.use(
      logRequests({
        log: createLogger({ service: 'test', level: 'info', stream }),
        metrics: createRequestMetrics({ registry, service: 'test' }),
        monotonicNow: () => nowMs,
      }),
    );
    app.get('/items/:id', (req, res) => {
      nowMs += 12.34;
      res.json({ id: req.headers['x-request-id'] });
    });
    app.get('/refused', (_req, res) => void res.status(403).set('X-Error-Code', 'forbidden').end());
    app.get('/unanswered', (req) => void req.socket.destroy());
    listening = await listen(createServer(app), { host: '127.0.0.1', port: 0, variable: 'PORT' });
  });
  beforeEach(() => {
    lines.length = 0;
  });
  afterAll(() => listening.drain(0));

  /** Resolves once the answer is read, if there is one, and its line is written. */
  const get = async (path: string, requestId = givenId): Promise<Response | undefined> => {
    const written = new Promise<void>((resolve) => {
      lineWritten = resolve;
    });
    const answer = await fetch(listening.url + path, { headers: { 'x-request-id': requestId } }).catch(() => undefined);
    await written;
    return answer;
  };

  it('writes one line with the route and not the path', async () => {
    await get('/items/item_1?secret=1');
    expect(lines).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        service: 'test',
        at: 'request',
        request_id: givenId,
        route: 'GET /items/:id',
        status: 200,
        reason: 'answered',
        ms: 12.3,
      },
    ]);
  });

  it('names the code of a refusal, a missing route and a disconnected client', async () => {
    await get('/refused');
    await get('/nowhere');
    await get('/unanswered');
    expect(lines).toMatchObject([
      { route: 'GET /refused', status: 403, reason: 'forbidden' },
      { route: 'none', status: 404, reason: 'answered' },
      { route: 'GET /unanswered', reason: 'abandoned' },
    ]);
  });

  it('counts and times by route', async () => {
    registry.resetMetrics();
    await get('/items/item_1');
    await get('/items/item_2');
    const text = await registry.metrics();
    expect(text).toContain('test_requests_total{route="GET /items/:id",status="200"} 2\n');
    expect(text).toContain('test_request_seconds_count{route="GET /items/:id"} 2\n');
    expect(text).toContain('test_request_seconds_bucket{le="0.025",route="GET /items/:id"} 2\n');
    expect(text).toContain('test_request_seconds_bucket{le="0.01",route="GET /items/:id"} 0\n');
  });

  it.each([
    ['the caller’s', givenId, givenId],
    ['a new one for an id outside the form', 'a b', expect.stringMatching(/^[0-9a-f-]{36}$/)],
  ])('gives the answer, the handler and the log line one request id: %s', async (_which, sent, expected) => {
    const answer = await get('/items/item_1', sent);
    const id = answer?.headers.get('x-request-id');
    expect(id).toEqual(expected);
    expect(await answer?.json()).toEqual({ id });
    expect(lines).toMatchObject([{ request_id: id }]);
  });
});
