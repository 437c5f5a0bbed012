import { connect, type Socket } from 'node:net';
import { generateApiKey } from '@engagetrack/api-key';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const deadlineMs = 20_000;
const failedAuthenticationsMax = 3;

interface Caller {
  readonly socket: Socket;
  text: string;
  answeredAtMs: number | undefined;
}

describe('a late refusal', () => {
  let gateway: GatewayHarness;
  let callers: Caller[];
  beforeEach(async () => {
    gateway = await startGateway({ limits: { failedAuthenticationsMax } });
    callers = [];
  });
  afterEach(async () => {
    for (const { socket } of callers) socket.destroy();
    await gateway.stop();
  });

  const open = (): Caller => {
    const caller: Caller = { socket: connect(gateway.port, '127.0.0.1'), text: '', answeredAtMs: undefined };
    caller.socket.setEncoding('latin1').on('data', (part: string) => {
      caller.answeredAtMs ??= performance.now();
      caller.text += part;
    });
    caller.socket.on('error', () => undefined);
    callers.push(caller);
    return caller;
  };
  const call = (authorization: string): Caller => {
    const caller = open();
    caller.socket.write(`GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`);
    return caller;
  };
  const statuses = ({ text }: Caller) => [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => Number(status));
  const answered = (all: readonly Caller[]) =>
    waitFor(() => all.every((each) => statuses(each).length > 0), { deadlineMs, what: 'every answer' });
  const waiting = async (): Promise<number> => {
    const metric = await gateway.registry.getSingleMetric('gateway_refusals_waiting')?.get();
    return metric?.values[0]?.value ?? 0;
  };
  const guess = () => `Bearer ${generateApiKey().reveal()}`;
  const reachLimit = async (): Promise<void> => {
    for (let n = 0; n < failedAuthenticationsMax; n += 1)
      await gateway.api().get(sites).set('Authorization', guess()).expect(401);
  };

  it('comes a quarter of a second later, as the 429 that others get, to a guesser over its limit', async () => {
    await reachLimit();
    const sentAtMs = performance.now();
    const caller = call(guess());
    await waitFor(async () => (await waiting()) === 1, { deadlineMs, what: 'a refusal that waits' });
    expect(caller.text).toBe('');
    await answered([caller]);
    expect(statuses(caller)).toEqual([429]);
    // A timer never fires early.
    expect((caller.answeredAtMs ?? 0) - sentAtMs).toBeGreaterThanOrEqual(249);
    expect(gateway.logLines.some((line) => line.includes('"reason":"address_limited"'))).toBe(true);
  });

  it('delays no other caller, known or refused for another reason, behind the same address', async () => {
    const { authorization } = gateway.issueKey();
    await gateway.api().get(sites).set('Authorization', authorization).expect(200);
    await reachLimit();
    const late = Array.from({ length: 20 }, () => call(guess()));
    await waitFor(async () => (await waiting()) > 0, { deadlineMs, what: 'a refusal that waits' });
    const prompt = [call(authorization), call('Bearer nonsense')];
    await answered(prompt);
    expect(prompt.flatMap(statuses)).toEqual([200, 401]);
    await answered(late);
    expect(new Set(late.flatMap(statuses))).toEqual(new Set([429]));
  });

  it('comes a second later to a live key, from its 33rd refusal in a window', async () => {
    const { authorization } = gateway.issueKey();
    const all = Array.from({ length: 600 + 32 }, () => gateway.api().get(sites).set('Authorization', authorization));
    const inTurn: number[] = [];
    for (const each of all) inTurn.push((await each).status);
    expect(inTurn.filter((status) => status === 429)).toHaveLength(32);
    const sentAtMs = performance.now();
    const caller = call(authorization);
    await answered([caller]);
    expect(statuses(caller)).toEqual([429]);
    expect((caller.answeredAtMs ?? 0) - sentAtMs).toBeGreaterThanOrEqual(999);
    expect(caller.text).toMatch(/^X-RateLimit-Remaining: 0\r$/m);
  });

  it('is given up when its caller disconnects', async () => {
    await reachLimit();
    const caller = call(guess());
    await waitFor(async () => (await waiting()) === 1, { deadlineMs, what: 'a refusal that waits' });
    caller.socket.resetAndDestroy();
    await waitFor(async () => (await waiting()) === 0, { deadlineMs, what: 'its end' });
  });

  it('comes at once when the gateway is told to stop, and ends its connection', async () => {
    await reachLimit();
    let arrived = 0;
    gateway.server.on('request', () => {
      arrived += 1;
    });
    const all = Array.from({ length: 50 }, () => call(guess()));
    await waitFor(() => arrived === 50, { deadlineMs, what: 'every request' });
    await gateway.drain(deadlineMs);
    await waitFor(() => all.every(({ socket }) => socket.closed), { deadlineMs, what: 'the end of the connections' });
    expect(all.flatMap(statuses)).toEqual(Array(50).fill(429));
    expect(await waiting()).toBe(0);
  });

  it('comes at once, and as the last answer, when too many wait already', async () => {
    await reachLimit();
    const connections = Array.from({ length: 2_100 }, open);
    await waitFor(() => connections.every(({ socket }) => !socket.connecting), { deadlineMs, what: 'connections' });
    const request = () => `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${guess()}\r\n\r\n`;
    for (const { socket } of connections) socket.write(request());
    await answered(connections);
    const last = connections.filter(({ text }) => /^Connection: close\r$/m.test(text));
    expect(new Set(connections.flatMap(statuses))).toEqual(new Set([429]));
    // A busy machine has sent some before all have come.
    expect(last.length).toBeLessThanOrEqual(2_100 - 2_048);
    expect(await waiting()).toBe(0);
  });
});
