import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type LoopbackServer, listenOnLoopback } from '@engagetrack/test-ground';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { type AskKeyService, createKeyServiceClient, type Question } from '../src/keys/key-service-client.ts';

const answer = z.object({ n: z.number() });

describe('the client of the key service', () => {
  let keyService: LoopbackServer;
  let ask: AskKeyService;
  /** The number of requests on each connection, in the order of their opening. */
  let asked: number[];
  /** The answer to the nth request of a connection. */
  let reply: (nth: number, req: IncomingMessage, res: ServerResponse) => void;
  beforeEach(async () => {
    asked = [];
    reply = (nth, _req, res) => res.end(JSON.stringify({ n: nth }));
    const server = createServer();
    server.on('connection', (socket) => {
      const connection = asked.push(0) - 1;
      server.on('request', (req, res) => {
        if (req.socket !== socket) return;
        asked[connection] = (asked[connection] ?? 0) + 1;
        reply(asked[connection], req, res);
      });
    });
    keyService = await listenOnLoopback(server);
    ask = createKeyServiceClient({ url: keyService.url, internalToken: 'secret' });
  });
  afterEach(() => keyService.close());
  const question: Question<typeof answer> = { path: '/internal/x', body: { a: 'ü' }, answer, timeoutMs: 2_000 };
  const closeUnderSecondQuestion = () => {
    reply = (nth, req, res) => {
      if (nth === 2) req.socket.resetAndDestroy();
      else res.end(JSON.stringify({ n: nth }));
    };
  };

  it('sends a question in the body, with the internal token, over a kept connection', async () => {
    const seen: unknown[] = [];
    reply = async (nth, req, res) => {
      seen.push([req.method, req.url, req.headers.authorization, Buffer.concat(await req.toArray()).toString()]);
      res.end(JSON.stringify({ n: nth }));
    };
    expect([await ask(question), await ask(question)]).toEqual([{ n: 1 }, { n: 2 }]);
    expect(seen).toEqual(Array(2).fill(['POST', '/internal/x', 'Bearer secret', '{"a":"ü"}']));
    expect(asked).toEqual([2]);
  });

  it('asks once more over a new connection when a kept one turns out to be closed', async () => {
    closeUnderSecondQuestion();
    const repeatable = { ...question, isRepeatable: true };
    expect([await ask(repeatable), await ask(repeatable)]).toEqual([{ n: 1 }, { n: 1 }]);
    expect(asked).toEqual([2, 1]);
  });

  it('does not repeat a question that must not be repeated', async () => {
    closeUnderSecondQuestion();
    await ask(question);
    await expect(ask(question)).rejects.toThrow('A kept connection to the key service was closed');
    expect(asked).toEqual([2]);
  });

  it('does not repeat a question on new connections, which were not about to close', async () => {
    reply = (_nth, req) => req.socket.resetAndDestroy();
    await expect(ask({ ...question, isRepeatable: true })).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(asked).toEqual([1]);
  });

  it('gives up in time, before the answer and in its middle', async () => {
    reply = () => undefined;
    await expect(ask({ ...question, timeoutMs: 50 })).rejects.toThrow('The key service took longer than 50 ms');
    reply = (_nth, _req, res) => res.write('{');
    await expect(ask({ ...question, timeoutMs: 50 })).rejects.toThrow();
  });

  it('tells a refusal by its status, and an answer of another form', async () => {
    reply = (_nth, _req, res) => res.writeHead(503).end('{}');
    await expect(ask(question)).rejects.toMatchObject({ name: 'KeyServiceRefusal', status: 503 });
    reply = (_nth, _req, res) => res.end('{"n":"1"}');
    await expect(ask(question)).rejects.toThrow(/expected number/);
  });
});
