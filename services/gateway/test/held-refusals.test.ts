import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { waitFor } from '@engagetrack/system-test/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const deadlineMs = 10_000;
const request = (authorization?: string) =>
  `GET ${sites} HTTP/1.1\r\nHost: a\r\n${authorization === undefined ? '' : `Authorization: ${authorization}\r\n`}\r\n`;

interface Caller {
  readonly socket: Socket;
  text: string;
}

describe('a refusal that waits for its turn', () => {
  let gateway: GatewayHarness;
  let callers: Caller[];
  let arrived: number;
  beforeEach(async () => {
    gateway = await startGateway();
    callers = [];
    arrived = 0;
    gateway.server.on('request', () => {
      arrived += 1;
    });
  });
  afterEach(async () => {
    for (const { socket } of callers) socket.destroy();
    await gateway.stop();
  });

  const call = (bytes: string): Caller => {
    const caller: Caller = { socket: connect(gateway.port, '127.0.0.1'), text: '' };
    caller.socket.setEncoding('latin1').on('data', (part: string) => {
      caller.text += part;
    });
    caller.socket.on('error', () => undefined);
    caller.socket.write(bytes);
    callers.push(caller);
    return caller;
  };
  const waiting = async (): Promise<number> => {
    const metric = await gateway.registry.getSingleMetric('gateway_refusals_waiting')?.get();
    return metric?.values[0]?.value ?? 0;
  };
  const connections = () => promisify(gateway.server.getConnections).call(gateway.server);
  /** More than are refused at once. */
  const crowd = async (count = 1_200): Promise<readonly Caller[]> => {
    const all = Array.from({ length: count }, () => call(request()));
    await waitFor(() => arrived === count, { deadlineMs, what: 'every request' });
    await waitFor(async () => (await waiting()) > 200, { deadlineMs, what: 'refusals that wait' });
    return all;
  };
  const statuses = ({ text }: Caller) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));

  it('is the one that others get', async () => {
    const all = await crowd();
    await waitFor(() => all.every(({ text }) => text.endsWith('}')), { deadlineMs, what: 'every answer' });
    const withoutNames = ({ text }: Caller) =>
      text.replace(/^(X-Request-Id|Date): .*$/gim, '$1').replace(/"request_id":"[^"]*"/, '');
    expect(new Set(all.map(withoutNames)).size).toBe(1);
    expect(statuses(all.at(-1) as Caller)).toEqual([401]);
  });

  it('comes before the answer to what its caller asks next, which nobody sees before', async () => {
    await crowd();
    const { authorization } = gateway.issueKey();
    const caller = call(request() + request(authorization) + request());
    await waitFor(() => statuses(caller).length > 0, { deadlineMs, what: 'the first answer' });
    expect(statuses(caller)[0]).toBe(401);
    await waitFor(() => statuses(caller).length === 3, { deadlineMs, what: 'three answers' });
    expect(statuses(caller)).toEqual([401, 200, 401]);
  });

  it('reaches whoever says meanwhile that it sends nothing more, and ends its connection then', async () => {
    const all = await crowd();
    for (const { socket } of all) socket.end();
    await waitFor(() => all.every(({ socket }) => socket.closed), { deadlineMs, what: 'the end of every connection' });
    expect(all.filter((caller) => statuses(caller).join() !== '401').map(({ text }) => text)).toEqual([]);
  });

  it('is not to be had sooner by saying at once that nothing more comes', async () => {
    // No more at once than wait to be accepted.
    for (let count = 400; count <= 1_200; count += 400) {
      while (callers.length < count) call(request()).socket.end();
      await waitFor(() => arrived === count, { deadlineMs, what: 'every request' });
    }
    expect(await waiting()).toBeGreaterThan(200);
    await waitFor(() => callers.every(({ socket }) => socket.closed), {
      deadlineMs,
      what: 'the end of every connection',
    });
    expect(callers.filter((caller) => statuses(caller).join() !== '401').map(({ text }) => text)).toEqual([]);
  });

  it.each([
    ['its caller wished so', 'Connection: close', 401],
    ['it is for a broken request', 'X_Org_Id: org_b', 400],
  ])('ends the connection when %s', async (_why, field, status) => {
    await crowd();
    const caller = call(request().replace('Host: a', `Host: a\r\n${field}`) + request());
    await waitFor(() => caller.socket.closed, { deadlineMs, what: 'the end of the connection' });
    expect(statuses(caller)).toEqual([status]);
    expect(caller.text).toMatch(/^Connection: close\r$/m);
  });

  it('holds up nobody who is known, nor is it one of the requests in progress', async () => {
    await crowd();
    const { authorization } = gateway.issueKey();
    await gateway.api().get(sites).set('Authorization', authorization).expect(200);
    expect(await waiting()).toBeGreaterThan(0);
  });

  it('waits no longer when its caller leaves', async () => {
    const all = await crowd();
    for (const { socket } of all) socket.destroy();
    await waitFor(async () => (await connections()) === 0, { deadlineMs, what: 'the end of every connection' });
    expect(await waiting()).toBe(0);
  });

  it('comes at once when the gateway is told to stop, and the connection ends', async () => {
    const all = await crowd();
    await gateway.drain(deadlineMs);
    await waitFor(() => all.every(({ socket }) => socket.closed), { deadlineMs, what: 'the end of every connection' });
    expect(all.filter((caller) => statuses(caller).join() !== '401').map(({ text }) => text)).toEqual([]);
  });

  it('keeps nothing of its request', async () => {
    const requests: WeakRef<object>[] = [];
    gateway.server.on('request', (req) => requests.push(new WeakRef(req)));
    await crowd(2_000);
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(await waiting()).toBeGreaterThan(200);
    expect(requests.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(10);
  });
});
