import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Socket } from 'node:net';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createCutNetworks } from '../src/cut-networks.ts';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const deadlineMs = 10_000;
/** As short as they come: a thousand of them are one piece. */
const ask = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
const lastAsk = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

interface Caller {
  readonly socket: Socket;
  text: string;
}

let sockets: Socket[];
beforeEach(() => {
  sockets = [];
});

function callFrom(localAddress: string, port: number, bytes: string): Caller {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  const caller: Caller = { socket, text: '' };
  sockets.push(socket);
  socket.setEncoding('latin1').on('data', (part: string) => {
    caller.text += part;
  });
  socket.on('error', () => undefined);
  socket.write(bytes);
  return caller;
}

const answers = ({ text }: Caller) => text.match(/HTTP\/1\.1 401 /g)?.length ?? 0;
const ended = (callers: readonly Caller[]) =>
  waitFor(() => callers.every(({ socket }) => socket.closed), { deadlineMs, what: 'the end of the connections' });

describe('a connection on which too much is sent ahead', () => {
  let gateway: GatewayHarness;
  let authorization: string;
  beforeEach(async () => {
    gateway = await startGateway();
    ({ authorization } = gateway.issueKey({ scopes: ['sites:read'] }));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await gateway.stop();
  });

  const call = (bytes: string, from = '127.0.0.1') => callFrom(from, gateway.port, bytes);
  const cuts = async () =>
    (await gateway.registry.getSingleMetric('gateway_connections_cut_total')?.get())?.values[0]?.value;
  /** The first request waits for the upstream, and with it all the others. */
  const beCut = async (): Promise<Caller> => {
    gateway.answerUpstreamWith(() => undefined);
    const caller = call(
      `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n${ask.repeat(1_100)}`,
    );
    await ended([caller]);
    gateway.answerUpstreamWith((_req, res) => res.end('{}'));
    return caller;
  };

  it('is cut, once, and nothing on it is answered', async () => {
    expect((await beCut()).text).toBe('');
    expect(await cuts()).toBe(1);
  });

  it('has the next ones of its network wait for their turns, and nobody else', async () => {
    await beCut();
    const order: string[] = [];
    const callers = Array.from({ length: 12 }, (_, number) => {
      const caller = call(lastAsk);
      caller.socket.once('close', () => order.push(`neighbour ${number}`));
      return caller;
    });
    const other = call(lastAsk, '127.0.0.2');
    other.socket.once('close', () => order.push('other'));
    await ended([...callers, other]);
    expect([...callers, other].map(answers)).toEqual(Array.from({ length: 13 }, () => 1));
    expect(order.indexOf('other')).toBeLessThan(order.indexOf('neighbour 11'));
    const neighbours = order.filter((name) => name !== 'other');
    expect(neighbours).toEqual(callers.map((_, number) => `neighbour ${number}`));
  });

  it('leaves those that its network already has as they were', async () => {
    const before = call(ask);
    await waitFor(() => answers(before) === 1, { deadlineMs, what: 'its first answer' });
    await beCut();
    const later = Array.from({ length: 12 }, () => call(lastAsk));
    before.socket.write(lastAsk);
    await ended([before]);
    expect(answers(before)).toBe(2);
    expect(later.at(-1)?.socket.closed).toBe(false);
    await ended(later);
  });

  it('leaves its network 16 sent ahead on each, where others may have a thousand', async () => {
    await beCut();
    const fits = call(ask.repeat(16) + lastAsk);
    const tooMany = call(ask.repeat(17) + lastAsk);
    const other = call(ask.repeat(900) + lastAsk, '127.0.0.2');
    await ended([fits, tooMany, other]);
    expect([fits, tooMany, other].map(answers)).toEqual([17, 0, 901]);
    expect(await cuts()).toBe(2);
  });

  it('has none of its network hold up the end of the gateway', async () => {
    await beCut();
    const callers = Array.from({ length: 100 }, () => call(lastAsk));
    await waitFor(() => callers.some(({ socket }) => socket.closed), { deadlineMs, what: 'the first answer' });
    await gateway.drain(60_000);
    await ended(callers);
    expect(callers.some((caller) => answers(caller) === 0)).toBe(true);
  });
});

describe('a network that has had a connection cut', () => {
  it('is remembered for a minute, and no other is', async () => {
    let nowMs = 5_000;
    const networks = createCutNetworks({ connectionsMax: 10, tellCut: () => undefined, monotonicNow: () => nowMs });
    const accepted = new Map<string | undefined, Socket>();
    const listener = createServer((socket) => accepted.set(socket.remoteAddress, socket));
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    const { port } = listener.address() as AddressInfo;
    const connected = async (from: string): Promise<Socket> => {
      accepted.clear();
      callFrom(from, port, '');
      await waitFor(() => accepted.has(from), { deadlineMs, what: `a connection from ${from}` });
      return accepted.get(from) ?? new Socket();
    };
    const [first, again, other] = [
      await connected('127.0.0.1'),
      await connected('127.0.0.1'),
      await connected('127.0.0.2'),
    ];
    const known = () => [again, other].map(networks.has);
    expect(known()).toEqual([false, false]);
    networks.cut(first);
    expect([first.destroyed, again.destroyed]).toEqual([true, false]);
    expect(known()).toEqual([true, false]);
    nowMs += 59_999;
    expect(known()).toEqual([true, false]);
    networks.cut(await connected('127.0.0.1'));
    nowMs += 1;
    expect(known()).toEqual([false, false]);
    for (const socket of [...sockets, again, other]) socket.destroy();
    listener.close();
  });
});
