import { connect, type Socket } from 'node:net';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const deadlineMs = 10_000;
/** As short as they come: a thousand of them are one read. */
const ask = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
const lastAsk = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

interface Caller {
  readonly socket: Socket;
  text: string;
}

describe('a connection on which requests are sent ahead', () => {
  let gateway: GatewayHarness;
  let authorization: string;
  let sockets: Socket[];
  beforeEach(async () => {
    sockets = [];
    gateway = await startGateway();
    ({ authorization } = gateway.issueKey({ scopes: ['sites:read'] }));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await gateway.stop();
  });

  const call = (bytes: string): Caller => {
    const socket = connect(gateway.port, '127.0.0.1');
    const caller: Caller = { socket, text: '' };
    sockets.push(socket);
    socket.setEncoding('latin1').on('data', (part: string) => {
      caller.text += part;
    });
    socket.on('error', () => undefined);
    socket.write(bytes);
    return caller;
  };
  const answers = ({ text }: Caller) => text.match(/HTTP\/1\.1 401 /g)?.length ?? 0;
  const ended = (callers: readonly Caller[]) =>
    waitFor(() => callers.every(({ socket }) => socket.closed), { deadlineMs, what: 'the end of the connections' });
  const closed = async () =>
    (await gateway.registry.getSingleMetric('gateway_connections_closed_total')?.get())?.values[0]?.value;
  /** The first request waits for the upstream, and with it all the others. */
  const sendBehindOne = (bytes: string): Caller => {
    gateway.answerUpstreamWith(() => undefined);
    return call(`GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n${bytes}`);
  };

  it('has up to a thousand of one read answered, one after the other', async () => {
    const caller = call(ask.repeat(1_000) + lastAsk);
    await ended([caller]);
    expect(answers(caller)).toBe(1_001);
    expect(await closed()).toBe(0);
  });

  it('is closed when one read brings more, and nothing on it is answered', async () => {
    const caller = sendBehindOne(ask.repeat(1_100));
    await ended([caller]);
    expect(caller.text).toBe('');
    expect(await closed()).toBe(1);
  });

  it('leaves nothing behind for the next connection of its address', async () => {
    await ended([sendBehindOne(ask.repeat(1_100))]);
    const next = Array.from({ length: 20 }, () => call(ask.repeat(100) + lastAsk));
    await ended(next);
    expect(next.map(answers)).toEqual(Array(20).fill(101));
    expect(await closed()).toBe(1);
  });

  it('is not read any further while 64 of them wait', async () => {
    // A read brings a few hundred of them, and all of them are more than the kernel keeps.
    const long = ask.replace('Host: a', `Host: a\r\nX-Long: ${'x'.repeat(200)}`);
    const caller = sendBehindOne(long.repeat(100_000));
    await waitFor(() => gateway.received.length === 1, { deadlineMs, what: 'the first request at the upstream' });
    let unsent = caller.socket.writableLength;
    await waitFor(
      () => {
        const before = unsent;
        unsent = caller.socket.writableLength;
        return unsent === before;
      },
      { deadlineMs, what: 'the kernel to be full' },
    );
    expect(unsent).toBeGreaterThan(0);
    expect([caller.socket.destroyed, await closed()]).toEqual([false, 0]);
  });
});
