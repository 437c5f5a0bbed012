import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '../src/stores/index.ts';
import { decodeHttp } from '../src/wire/http-wire.ts';
import { portOf } from '../src/wire/tcp-fault-proxy.ts';
import type { WireMessage } from '../src/wire/wire-message.ts';
import { startWireProxy, type WireProxy, type WireWatch } from '../src/wire/wire-proxy.ts';

const deadlineMs = 5_000;

describe('a wire proxy', () => {
  let far: Server;
  let heard: string;
  let proxy: WireProxy;
  let near: Socket;
  let answered: string;
  let seen: WireMessage[];
  let judge: WireWatch;
  beforeEach(async () => {
    [heard, answered, seen, judge] = ['', '', [], () => 'pass'];
    far = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        heard += bytes;
        socket.write(`re:${bytes}`);
      });
    });
    far.listen({ port: 0, host: '127.0.0.1' });
    await once(far, 'listening');
    proxy = await startWireProxy({
      link: 'near to far',
      targetPort: portOf(far),
      protocol: decodeHttp,
      watch: (message) => {
        seen.push(message);
        return judge(message);
      },
    });
    near = await open();
  });
  afterEach(async () => {
    near.destroy();
    await proxy.stop();
    far.close();
  });

  const open = async (): Promise<Socket> => {
    const { port } = new URL(proxy.through('http://example.com'));
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      answered += bytes;
    });
    await once(socket, 'connect');
    return socket;
  };
  const until = (what: string, condition: () => boolean) => waitFor(condition, { deadlineMs, what });
  /** Sends a message on a new connection. When its answer is back, every earlier message that can pass has passed. */
  const passes = async (text: string) => {
    const other = await open();
    other.write(text);
    await until(text, () => answered.includes(`re:${text}`));
    other.destroy();
  };

  it('passes every message, and tells its leg', async () => {
    near.write('hello');
    await until('the answer', () => answered === 're:hello');
    expect(seen).toEqual([
      { link: 'near to far', connection: 1, client: undefined, leg: 'question', text: 'hello', question: 'hello' },
      { link: 'near to far', connection: 1, client: undefined, leg: 'answer', text: 're:hello', question: 'hello' },
    ]);
  });

  it('keeps a held question from the server until it is released, and reports it once', async () => {
    judge = ({ text }) => (text === 'held' ? 'hold' : 'pass');
    near.write('held');
    await until('the question', () => seen.length === 1);
    await passes('other');
    expect(heard).toBe('other');
    proxy.release();
    await until('the answer', () => answered.includes('re:held'));
    expect(seen.filter(({ text }) => text === 'held')).toHaveLength(1);
  });

  it('keeps a held answer from the client, and drops it with the connection', async () => {
    judge = ({ leg }) => (leg === 'answer' ? 'hold' : 'pass');
    near.write('asked');
    await until('the answer', () => seen.length === 2);
    expect([heard, answered]).toEqual(['asked', '']);
    proxy.reset();
    await until('the end of the connection', () => near.closed);
    expect(answered).toBe('');
  });

  it('passes nothing behind the message at which a watch has frozen it, on any connection', async () => {
    const other = await open();
    judge = ({ text }) => {
      if (text === 'last') proxy.freeze();
      return 'pass';
    };
    near.write('last');
    await until('the last word', () => heard === 'last');
    other.write('late');
    proxy.release();
    await until('both answers', () => answered.includes('re:last') && answered.includes('re:late'));
    other.destroy();
  });

  it('is a sound link again for new connections after a reset', async () => {
    proxy.freeze();
    near.write('lost');
    proxy.reset();
    await passes('new');
    expect(heard).toBe('new');
  });
});
