import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const stats = `${sites}/site_1/analytics/stats`;
const deadlineMs = 10_000;
const request = (authorization?: string, path = sites) =>
  `GET ${path} HTTP/1.1\r\nHost: a\r\n${authorization === undefined ? '' : `Authorization: ${authorization}\r\n`}\r\n`;

interface Caller {
  readonly socket: Socket;
  text: string;
}

let gateway: GatewayHarness;
let callers: Caller[];
let arrived: number;
let requests: WeakRef<object>[];
beforeEach(async () => {
  gateway = await startGateway();
  callers = [];
  arrived = 0;
  requests = [];
  gateway.server.on('request', (req) => {
    arrived += 1;
    requests.push(new WeakRef(req));
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
const statuses = ({ text }: Caller) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
const requestsInMemory = async (): Promise<number> => {
  setFlagsFromString('--expose-gc');
  const collectGarbage: () => void = runInNewContext('gc');
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return requests.filter((ref) => ref.deref() !== undefined).length;
};
const allEnded = (all: readonly Caller[]) =>
  waitFor(() => all.every(({ socket }) => socket.closed), { deadlineMs, what: 'the end of every connection' });

describe('a refusal that waits for its turn', () => {
  const waiting = async (): Promise<number> => {
    const metric = await gateway.registry.getSingleMetric('gateway_refusals_waiting')?.get();
    return metric?.values[0]?.value ?? 0;
  };
  const connections = () => promisify(gateway.server.getConnections).call(gateway.server);
  /**
   * More than are refused at once. Their connections are in use already: newcomers are let in a few at a time, on a busy
   * machine no faster than they are refused.
   */
  const crowd = async (count = 1_200): Promise<readonly Caller[]> => {
    const all = Array.from({ length: count }, () => call(request()));
    await waitFor(() => all.every(({ text }) => text.endsWith('}')), { deadlineMs, what: 'the first answers' });
    for (const caller of all) caller.text = '';
    arrived = 0;
    requests = [];
    for (const { socket } of all) socket.write(request());
    await waitFor(() => arrived === count, { deadlineMs, what: 'every request' });
    expect(await waiting()).toBeGreaterThan(200);
    return all;
  };

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
    await allEnded(all);
    expect(all.filter((caller) => statuses(caller).join() !== '401').map(({ text }) => text)).toEqual([]);
  });

  it('is not to be had sooner by saying at once that nothing more comes', async () => {
    const all = await crowd();
    // No more than a kernel lets wait to be accepted.
    const latecomers = Array.from({ length: 400 }, () => call(request()));
    let aheadOfThem = 0;
    for (const { socket } of latecomers) {
      socket.once('data', () => {
        aheadOfThem = Math.max(aheadOfThem, all.filter(({ text }) => text === '').length);
      });
      socket.end();
    }
    await allEnded(latecomers);
    // Answers of neighbours may be read in another order than they were written in.
    expect(aheadOfThem).toBeLessThan(200);
    expect(latecomers.filter((caller) => statuses(caller).join() !== '401').map(({ text }) => text)).toEqual([]);
  });

  it.each([
    ['its caller wished so', 'Connection: close', 401],
    ['it is for a broken request', 'Connection: x-org-id', 400],
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

  it('waits no longer when its connection breaks', async () => {
    const all = await crowd();
    for (const { socket } of all) socket.resetAndDestroy();
    await waitFor(async () => (await connections()) === 0, { deadlineMs, what: 'the end of every connection' });
    expect(await waiting()).toBe(0);
  });

  it('comes at once when the gateway is told to stop, and the connection ends', async () => {
    const all = await crowd();
    await gateway.drain(deadlineMs);
    await allEnded(all);
    expect(all.filter((caller) => statuses(caller).join() !== '401').map(({ text }) => text)).toEqual([]);
  });

  it('keeps nothing of its request', async () => {
    await crowd(2_000);
    const inMemory = await requestsInMemory();
    expect(await waiting()).toBeGreaterThan(200);
    expect(inMemory).toBeLessThan(10);
  });
});

describe('a 429 that waits for its turn', () => {
  const quota = 600;
  /** Of one key: more than its quota, and more than it is told of that at once. */
  const count = quota + 400;
  let authorization: string;
  const judged = () => gateway.logLines.filter((line) => line.includes('"status":429')).length;
  const told = () => callers.filter((caller) => statuses(caller).includes(429)).length;
  const crowd = async (): Promise<readonly Caller[]> => {
    ({ authorization } = gateway.issueKey());
    const all = Array.from({ length: count }, () => call(request(authorization, stats)));
    await waitFor(() => judged() === count - quota, { deadlineMs, what: 'a judgement of every request' });
    expect(told()).toBeLessThan((count - quota) / 2);
    return all;
  };

  it('is told a hundred times a second, sixteen times at once, with the second that the quota is back', async () => {
    const all = await crowd();
    const before = { told: told(), atMs: performance.now() };
    await waitFor(() => told() === count - quota, { deadlineMs, what: 'every answer' });
    const perSecond = (count - quota - before.told) / ((performance.now() - before.atMs) / 1_000);
    expect(perSecond).toBeLessThan(110);
    const refused = all.filter((caller) => statuses(caller).join() === '429');
    expect(refused).toHaveLength(count - quota);
    expect(all.filter((caller) => statuses(caller).join() === '200')).toHaveLength(quota);
    for (const { text } of refused) expect(text).toMatch(/^Retry-After: 42\r$/im);
  });

  it('holds up no request of the same key that is within its quota', async () => {
    await crowd();
    await gateway.api().get(sites).set('Authorization', authorization).expect(200);
    expect(told()).toBeLessThan(count - quota);
  });

  it('keeps nothing of its request', async () => {
    await crowd();
    const inMemory = await requestsInMemory();
    expect(told()).toBeLessThan(count - quota);
    // The admitted ones rest on their connections.
    expect(inMemory).toBeLessThan(10);
  });

  it('waits no longer when its connection breaks, and makes room for the next', async () => {
    const all = await crowd();
    for (const { socket } of all) socket.resetAndDestroy();
    await waitFor(async () => (await promisify(gateway.server.getConnections).call(gateway.server)) === 0, {
      deadlineMs,
      what: 'the end of every connection',
    });
    // Counted like the pace counts: half a place in the line for each, however busy the machine is.
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    await gateway.api().get(stats).set('Authorization', authorization).expect(429);
    clearInterval(timer);
    expect(ticks).toBeLessThan(count - quota);
  });

  it('comes at once when the gateway is told to stop, and the connection ends', async () => {
    const all = await crowd();
    await gateway.drain(deadlineMs);
    await allEnded(all);
    expect(told()).toBe(count - quota);
  });
});
