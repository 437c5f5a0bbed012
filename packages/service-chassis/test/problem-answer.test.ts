import { createServer, type Server, type ServerResponse } from 'node:http';
import { missingScope, Problem, problemCodes, unavailable } from '@engagetrack/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ListeningServer, listen } from '../src/listen.ts';
import { problemAnswer, sendProblem } from '../src/problem-answer.ts';

const stopDeadlineMs = 1_000;

describe('problemAnswer', () => {
  it('is the published form', () => {
    expect(problemAnswer(missingScope('analytics:read'), undefined)).toEqual({
      status: 403,
      headers: {
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Error-Code': 'missing_scope',
        'WWW-Authenticate': 'Bearer realm="engagetrack", error="insufficient_scope", scope="analytics:read"',
        'Content-Length': '58',
      },
      body: '{"error":"API key missing required scope: analytics:read"}',
    });
  });

  it('is RFC 9457 with the same error as an extension member when the client prefers that', () => {
    const { status, headers, body } = problemAnswer(unavailable('redis_down'), 'application/problem+json');
    expect(status).toBe(503);
    expect(headers).toMatchObject({
      'Content-Type': 'application/problem+json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Error-Code': 'unavailable',
      'Retry-After': '1',
    });
    expect(JSON.parse(body)).toEqual({
      type: 'urn:engagetrack:problem:unavailable',
      title: 'Service temporarily unavailable',
      status: 503,
      error: 'Service temporarily unavailable',
    });
  });

  it.each(problemCodes)('has the right length and no word of the cause for %s', (code) => {
    const problem = new Problem(code, { cause: new Error('the-cause'), reason: 'the-reason' });
    for (const accept of [undefined, 'application/problem+json']) {
      const { headers, body } = problemAnswer(problem, accept);
      expect(headers['Content-Length']).toBe(String(Buffer.byteLength(body)));
      expect(JSON.parse(body).error).toBe(problem.message);
      expect(JSON.stringify(headers) + body).not.toMatch(/the-cause|the-reason/);
    }
  });

  it('counts bytes, not characters', () => {
    const { headers, body } = problemAnswer(new Problem('invalid_input', { text: 'name: “é” is taken' }), undefined);
    expect(headers['Content-Length']).toBe(String(Buffer.byteLength(body)));
    expect(Buffer.byteLength(body)).toBeGreaterThan(body.length);
  });
});

describe('sendProblem', () => {
  let server: Server;
  let listening: ListeningServer;
  let answer: (res: ServerResponse, send: () => void) => void;
  beforeAll(async () => {
    server = createServer((req, res) => answer(res, () => sendProblem(req, res, new Problem('not_found'))));
    listening = await listen(server, { host: '127.0.0.1', port: 0, variable: 'PORT' });
  });
  beforeEach(() => {
    answer = (_res, send) => send();
  });
  afterAll(() => listening.drain(stopDeadlineMs));

  it('sends status, headers and body', async () => {
    const response = await fetch(listening.url);
    expect(response.status).toBe(404);
    expect(response.headers.get('x-error-code')).toBe('not_found');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.text()).toBe('{"error":"Not found"}');
  });

  it('answers in the form that the request prefers', async () => {
    const response = await fetch(listening.url, { headers: { accept: 'application/problem+json' } });
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toMatchObject({ status: 404, error: 'Not found' });
  });

  it('answers HEAD with the same head and no body', async () => {
    const response = await fetch(listening.url, { method: 'HEAD' });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-length')).toBe(String('{"error":"Not found"}'.length));
    expect(await response.text()).toBe('');
  });

  it('destroys the connection after the head of another answer, so that no torn body looks complete', async () => {
    const ended = new Promise<void>((resolve) => {
      answer = (res, send) => {
        res.once('close', resolve);
        res.writeHead(200, { 'content-type': 'text/plain' });
        res.write('the first half');
        setImmediate(send);
      };
    });
    const response = await fetch(listening.url);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    await ended;
  });
});
