import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../src/stores/index.ts';
import { holdsWithin } from '../src/timing/holds-within.ts';
import { startTcpFaultProxy, type TcpFaultProxy } from '../src/wire/tcp-fault-proxy.ts';

describe('a TCP fault proxy', () => {
  let echo: Server;
  let accepted: Socket[];
  let proxy: TcpFaultProxy;
  let client: Socket;
  let received: string;
  let sentAtMs: number;
  beforeEach(async () => {
    accepted = [];
    echo = await startServer((socket) => {
      accepted.push(socket);
      socket.pipe(socket);
    });
    proxy = await startTcpFaultProxy(portOf(echo), () => 0);
    client = await open();
  });
  afterEach(async () => {
    client.destroy();
    await proxy.stop();
    echo.close();
  });

  it('passes bytes and ends both ways while nothing is wrong', async () => {
    say('hello');
    await echoed('hello');
    client.end();
    await once(client, 'close');
    await waitFor(() => accepted[0]?.destroyed, { deadlineMs: 2_000, what: 'the far side to end' });
  });

  it('passes more than its queue holds, to a slow reader, byte for byte', async () => {
    const sent = Buffer.alloc(8_000_000, 'abcdefghij');
    client.pause();
    client.write(sent);
    await waitFor(() => (accepted[0]?.bytesRead ?? 0) > 0, { deadlineMs: 2_000, what: 'the first bytes' });
    client.resume();
    await waitFor(() => received.length === sent.length, { deadlineMs: 10_000, what: 'all bytes' });
    expect(received === sent.toString()).toBe(true);
  });

  it('delays every byte by the latency, each way', async () => {
    proxy.inject({ kind: 'latency', delayMs: 1_500 });
    say('slow');
    await echoed('slow');
    expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(2_990);
    proxy.heal();
    say(' fast');
    // This is half of the time that the latency alone would take.
    expect(await holdsWithin(1_500, () => received === 'slow fast')).toBe(true);
  });

  it('sends lost segments again, later', async () => {
    proxy.inject({ kind: 'loss', share: 0.01, resentAfterMs: 80 });
    say('lost');
    await echoed('lost');
    expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(155);
  });

  it('passes no more bytes than the rate allows', async () => {
    proxy.inject({ kind: 'rate', bytesPerSecond: 10_000 });
    say('x'.repeat(1_000));
    await echoed('x'.repeat(1_000));
    expect(performance.now() - sentAtMs).toBeGreaterThanOrEqual(195);
  });

  it('holds everything back without breaking anything, and delivers it in order afterwards', async () => {
    proxy.inject({ kind: 'hold' });
    say('one ');
    const second = await open();
    client.write('two');
    // Another proxy delivers bytes both ways meanwhile, so this one has had time to do so too.
    await roundTripBeside();
    expect([received, accepted[0]?.bytesRead, client.destroyed, second.destroyed]).toEqual(['', 0, false, false]);
    proxy.heal();
    await echoed('one two');
    second.destroy();
  });

  it.each(['drop', 'half_open'] as const)(
    'drops bytes without an error (%s), and resets the connection afterwards',
    async (kind) => {
      proxy.inject({ kind });
      say('gone');
      await roundTripBeside();
      expect([received, client.destroyed]).toEqual(['', false]);
      if (kind === 'half_open')
        await waitFor(() => accepted[0]?.destroyed, { deadlineMs: 2_000, what: 'the far side to be gone' });
      const closed = closeOf(client);
      proxy.heal();
      await closed;
      client = await open();
      say('back');
      await echoed('back');
    },
  );

  it('keeps a connection that lost nothing when bytes were dropped', async () => {
    proxy.inject({ kind: 'drop' });
    proxy.heal();
    say('still here');
    await echoed('still here');
  });

  it('cuts connections and refuses new ones until it is healed', async () => {
    const closed = closeOf(client);
    proxy.inject({ kind: 'cut' });
    await closed;
    const refused = connect({ port: proxy.port, host: '127.0.0.1' });
    refused.on('error', () => undefined);
    await closeOf(refused);
    proxy.heal();
    client = await open();
    say('again');
    await echoed('again');
  });

  it('leaves open connections where they are when its target changes', async () => {
    say('first');
    await echoed('first');
    const other = await startServer((socket) => socket.end('other'));
    proxy.retarget(portOf(other));
    say(' second');
    await echoed('first second');
    const ports = proxy.serverSidePorts();
    expect(ports).toEqual([accepted[0]?.remotePort]);
    client = await open();
    await echoed('other');
    other.close();
  });

  it('writes its address into a URL and changes nothing else of it', () => {
    expect(proxy.through('redis://user:secret@localhost:6379/2')).toBe(`redis://user:secret@127.0.0.1:${proxy.port}/2`);
    expect(proxy.through('http://127.0.0.1:8081')).toBe(`http://127.0.0.1:${proxy.port}`);
  });

  async function open(): Promise<Socket> {
    received = '';
    const socket = connect({ port: proxy.port, host: '127.0.0.1' });
    socket.on('data', (bytes) => {
      received += bytes.toString();
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  }

  function say(text: string): void {
    sentAtMs = performance.now();
    client.write(text);
  }

  async function echoed(text: string): Promise<void> {
    await waitFor(() => received === text, { deadlineMs: 5_000, what: `an echo of ${text.slice(0, 20)}` });
  }

  async function roundTripBeside(): Promise<void> {
    const beside = await startTcpFaultProxy(portOf(echo), () => 0);
    const socket = connect({ port: beside.port, host: '127.0.0.1' });
    socket.write('beside');
    await once(socket, 'data');
    socket.destroy();
    await beside.stop();
  }
});

/** Resolves at any close, a reset included. */
function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

async function startServer(onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
