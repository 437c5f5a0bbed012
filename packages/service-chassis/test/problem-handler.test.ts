import { createServer } from 'node:http';
import { gzipSync } from 'node:zlib';
import { Problem, unavailable } from '@engagetrack/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { type ListeningServer, listen } from '../src/listen.ts';
import { createLogger } from '../src/logger.ts';
import { createProblemHandler, problemFromError } from '../src/problem-handler.ts';

const stopDeadlineMs = 1_000;
const bodyBytesMax = 100;

describe('createProblemHandler', () => {
  let listening: ListeningServer;
  let thrown: unknown;
  const known = new Error('the dependency is away');
  const lines: string[] = [];
  beforeAll(async () => {
    const app = express();
    app.post('/body', express.json({ limit: bodyBytesMax }), (_req, res) => void res.json({}));
    app.get('/items/:id', (_req, res) => void res.json({}));
    app.get('/throws', () => {
      throw thrown;
    });
    app.get('/rejects', async () => {
      throw thrown;
    });
    const stream = { write: (line: string) => void lines.push(line) };
    const explain = (error: unknown) => (error === known ? unavailable('known_trouble', error) : undefined);
    app.use(createProblemHandler(createLogger({ service: 'test', level: 'info', stream }), explain));
    listening = await listen(createServer(app), { host: '127.0.0.1', port: 0, variable: 'PORT' });
  });
  beforeEach(() => {
    lines.length = 0;
  });
  afterAll(() => listening.drain(stopDeadlineMs));

  const post = (body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(`${listening.url}/body`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  it.each(['throws', 'rejects'])(
    "answers a Problem that a handler %s, and logs nothing of the client's faults",
    async (path) => {
      thrown = new Problem('forbidden', { cause: new Error('the truth') });
      const response = await fetch(`${listening.url}/${path}`);
      expect(response.status).toBe(403);
      expect(await response.text()).toBe('{"error":"Your role in this organization does not allow this"}');
      expect(lines).toEqual([]);
    },
  );

  it.each(['throws', 'rejects'])('answers 503 to any other value that a handler %s, and logs it', async (path) => {
    thrown = new TypeError('the truth');
    const response = await fetch(`${listening.url}/${path}`);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await response.text()).toBe('{"error":"Service temporarily unavailable"}');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'error', at: 'problem', reason: 'internal_error', err: { type: 'TypeError', message: 'the truth' } },
    ]);
  });

  it('answers and logs the problem into which the service translates an error', async () => {
    thrown = known;
    expect((await fetch(`${listening.url}/rejects`)).status).toBe(503);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { reason: 'known_trouble', err: { message: 'the dependency is away' } },
    ]);
  });

  it('logs the reason and the cause of a Problem that is ours', async () => {
    thrown = unavailable('database_unreachable', new Error('connect ECONNREFUSED'));
    expect((await fetch(`${listening.url}/throws`)).status).toBe(503);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { reason: 'database_unreachable', err: { message: 'connect ECONNREFUSED' } },
    ]);
  });

  it.each([
    ['malformed JSON', '{"name":', {}, 400, '{"error":"Bad request"}'],
    [
      'a body that is not what its encoding says',
      'no gzip',
      { 'content-encoding': 'gzip' },
      400,
      '{"error":"Bad request"}',
    ],
    ['an unknown encoding', '{}', { 'content-encoding': 'zip' }, 415, '{"error":"Unsupported media type"}'],
    [
      'an unknown charset',
      '{}',
      { 'content-type': 'application/json; charset=ebcdic' },
      415,
      '{"error":"Unsupported media type"}',
    ],
    ['too much', JSON.stringify('x'.repeat(bodyBytesMax)), {}, 413, '{"error":"Payload too large"}'],
    [
      'too much once unpacked',
      gzipSync(JSON.stringify('x'.repeat(10_000))),
      { 'content-encoding': 'gzip' },
      413,
      '{"error":"Payload too large"}',
    ],
  ] as const)('answers %s with its status', async (_what, body, headers, status, text) => {
    const response = await post(Buffer.from(body), headers);
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(lines).toEqual([]);
  });

  it('answers a path that cannot be decoded with 400', async () => {
    const response = await fetch(`${listening.url}/items/%E0%A4%A`);
    expect(response.status).toBe(400);
    expect(await response.text()).toBe('{"error":"Bad request"}');
  });
});

describe('problemFromError', () => {
  it('keeps a Problem as it is', () => {
    const problem = new Problem('not_found');
    expect(problemFromError(problem)).toBe(problem);
  });

  it.each([
    ['text'],
    [undefined],
    [null],
    [{ status: 404 }],
    [new Error('plain')],
    [Object.assign(new Error('x'), { status: 500 })],
  ])('does not treat %p as a fault of the client', (thrown) => {
    const problem = problemFromError(thrown);
    expect(problem).toMatchObject({ code: 'unavailable', reason: 'internal_error' });
    expect(problem.cause).toBe(thrown);
  });
});
