import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ListeningServer, listen } from '../src/listen.ts';
import { StartupError } from '../src/startup-error.ts';

/** Milliseconds. Longer than any test: a drain that ends before has not waited for it. */
const endlessMs = 3_600_000;
const cutMs = 200;

const opened: { listening: ListeningServer; agent: Agent }[] = [];
afterEach(async () => {
  for (const { listening, agent } of opened.splice(0)) {
    agent.destroy();
    await listening.drain(0);
  }
});

async function open(onRequest: RequestListener) {
  const listening = await listen(createServer(onRequest), { host: '127.0.0.1', port: 0, variable: 'API_PORT' });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  opened.push({ listening, agent });
  return { listening, agent };
}

/** Sends a request, and resolves with the answer once its head is there. */
function ask(url: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, resolve).once('error', reject);
  });
}

describe('listen', () => {
  it('picks a free port for 0 and names it', async () => {
    const { listening } = await open((_req, res) => res.end('here'));
    expect(listening.port).toBeGreaterThan(0);
    expect(listening.url).toBe(`http://127.0.0.1:${listening.port}`);
    expect(await (await fetch(listening.url)).text()).toBe('here');
  });

  it('says in one sentence that a port is in use, which variable sets it, and what to do', async () => {
    const { listening } = await open((_req, res) => res.end());
    const again = listen(createServer(), { host: '127.0.0.1', port: listening.port, variable: 'API_PORT' });
    await expect(again).rejects.toThrow(StartupError);
    await expect(again).rejects.toThrow(
      `API_PORT: port ${listening.port} on 127.0.0.1 is already in use; stop what listens there or set API_PORT to another port (0 picks a free one)`,
    );
  });

  it('says that a host is no address of this machine', async () => {
    const elsewhere = listen(createServer(), { host: '192.0.2.1', port: 0, variable: 'API_PORT' });
    await expect(elsewhere).rejects.toThrow(
      'HOST: 192.0.2.1 is not an address of this machine; use 127.0.0.1, or 0.0.0.0 for every interface',
    );
  });
});

describe('drain', () => {
  it('refuses new connections and lets a request in progress be answered, closing the connection behind it', async () => {
    const received = Promise.withResolvers<ServerResponse>();
    const { listening, agent } = await open((_req, res) => received.resolve(res));
    const answer = ask(listening.url, agent);
    const res = await received.promise;

    const drained = listening.drain(endlessMs);
    await expect(fetch(listening.url)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
    res.end('whole');
    const response = await answer;
    expect(response.headers.connection).toBe('close');
    expect(await text(response)).toBe('whole');
    await drained;
  });

  it('lets an answer whose head has been sent come to its end', async () => {
    const received = Promise.withResolvers<ServerResponse>();
    const { listening, agent } = await open((_req, res) => {
      res.write('first ');
      received.resolve(res);
    });
    const response = await ask(listening.url, agent);
    const drained = listening.drain(endlessMs);
    (await received.promise).end('second');
    expect(await text(response)).toBe('first second');
    await drained;
  });

  it('closes idle keep-alive connections at once', async () => {
    const { listening, agent } = await open((_req, res) => res.end('kept alive'));
    const response = await ask(listening.url, agent);
    const closed = once(response.socket, 'close');
    await text(response);
    expect(response.headers.connection).toBe('keep-alive');
    await listening.drain(endlessMs);
    await closed;
  });

  it('closes connections without any request at once', async () => {
    const server = createServer();
    const listening = await listen(server, { host: '127.0.0.1', port: 0, variable: 'API_PORT' });
    const accepted = once(server, 'connection');
    const spare: Socket = connect(listening.port, '127.0.0.1');
    spare.on('error', () => undefined);
    const closed = once(spare.resume(), 'close');
    await accepted;
    await listening.drain(endlessMs);
    await closed;
  });

  it('cuts the connections still open at the deadline, and not before', async () => {
    const received = Promise.withResolvers<void>();
    const { listening, agent } = await open(() => received.resolve());
    const answer = ask(listening.url, agent);
    const cut = expect(answer).rejects.toMatchObject({ code: 'ECONNRESET' });
    await received.promise;
    const startMs = performance.now();
    await listening.drain(cutMs);
    // A timer may be early by less than one tick of its clock.
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(cutMs - 1);
    await cut;
  });
});
