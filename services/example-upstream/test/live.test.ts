import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { liveStreamMaxMs, liveStreamsMax } from '../src/live-streams.ts';
import { callerOf, createApp, identityOf, nowMs, sitePath } from './harness.ts';

const livePath = `${sitePath}/analytics/live`;
/** Milliseconds. No other timer of this process has this interval, so the streams' timers can be recognized. */
const liveIntervalMs = 7;
const quietIntervalMs = 600_000;

describe('the live stream', () => {
  let server: Server;
  let clockMs: number;
  let stopping: AbortController;
  const setIntervalSpy = jest.spyOn(globalThis, 'setInterval');
  const clearIntervalSpy = jest.spyOn(globalThis, 'clearInterval');

  beforeEach(async () => {
    clockMs = nowMs;
    stopping = new AbortController();
    const now = (): number => {
      clockMs += 1_000;
      return clockMs;
    };
    server = await listenOn(createApp({ now, liveIntervalMs, stopping: stopping.signal }));
    setIntervalSpy.mockClear();
    clearIntervalSpy.mockClear();
  });
  afterEach(() => close(server));

  it('sends an event at once and one every interval, each with the visitors and the time', async () => {
    const stream = await openStream(server);
    expect(stream.statusCode).toBe(200);
    expect(stream.headers['content-type']).toBe('text/event-stream');
    expect(stream.headers['cache-control']).toBe('no-store');
    const text = await readUntil(stream, (received) => received.split('\n\n').length > 4);
    const events = text
      .split('\n\n')
      .slice(0, 4)
      .map((event) => JSON.parse(event.replace(/^data: /, '')));
    const firstMs = Date.parse(events[0].time);
    expect(firstMs).toBeGreaterThan(nowMs);
    for (const [index, { visitors_now, time, ...others }] of events.entries()) {
      // The clock of this test advances by a second at each reading.
      expect(Date.parse(time)).toBe(firstMs + index * 1_000);
      expect(Number.isInteger(visitors_now) && visitors_now > 0).toBe(true);
      expect(others).toEqual({});
    }
    stream.destroy();
  });

  it('stops its timer when the client disconnects', async () => {
    const stream = await openStream(server);
    await readUntil(stream, (received) => received.includes('data: '));
    const [timer] = liveTimers();
    expect(timer).toBeDefined();
    expect(isCleared(timer)).toBe(false);
    stream.destroy();
    await waitUntil(() => isCleared(timer));
    expect(liveTimers()).toHaveLength(1);
  });

  it('ends when the process is about to stop, and opens no more', async () => {
    const stream = await openStream(server);
    const ended = new Promise((resolve) => stream.once('end', resolve));
    stream.resume();
    stopping.abort();
    await ended;
    const [timer] = liveTimers();
    await waitUntil(() => isCleared(timer));
    const refused = await openStream(server);
    expect(refused.statusCode).toBe(503);
    refused.resume();
  });

  it('opens for the identity’s own organization only, and answers HEAD without a stream', async () => {
    const app = createApp({ liveIntervalMs });
    expect((await callerOf(app, 'org_b').get(livePath)).status).toBe(404);
    const head = await callerOf(app).head(livePath);
    expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream']);
    expect(liveTimers()).toHaveLength(0);
  });

  it('ends after an hour', async () => {
    const stream = await openStream(server);
    await readUntil(stream, (received) => received.includes('data: '));
    const ended = new Promise((resolve) => stream.once('end', resolve));
    clockMs += liveStreamMaxMs;
    await ended;
    await waitUntil(() => isCleared(liveTimers()[0]));
  });

  it('is open for a maximum of clients at once, and for one more when one has disconnected', async () => {
    const quiet = await listenOn(createApp({ liveIntervalMs: quietIntervalMs }));
    const streams: IncomingMessage[] = [];
    while (streams.length < liveStreamsMax) streams.push(await openStream(quiet));
    const refused = await openStream(quiet);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    refused.resume();
    streams[0]?.destroy();
    await waitUntil(() => clearIntervalSpy.mock.calls.length > 0);
    const admitted = await openStream(quiet);
    expect(admitted.statusCode).toBe(200);
    for (const stream of [...streams, admitted]) stream.destroy();
    await close(quiet);
  }, 30_000);

  function liveTimers() {
    return setIntervalSpy.mock.calls.flatMap(([, delayMs], index) =>
      delayMs === liveIntervalMs ? [setIntervalSpy.mock.results[index]?.value] : [],
    );
  }

  function isCleared(timer: unknown): boolean {
    return clearIntervalSpy.mock.calls.some(([cleared]) => cleared === timer);
  }
});

async function listenOn(app: RequestListener): Promise<Server> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function openStream(server: Server): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = get(
      { host: '127.0.0.1', port, path: livePath, headers: identityOf('org_a'), agent: false },
      resolve,
    );
    request.once('error', reject);
  });
}

async function readUntil(stream: IncomingMessage, isEnough: (received: string) => boolean): Promise<string> {
  let received = '';
  const onChunk = (chunk: Buffer): void => {
    received += chunk.toString();
  };
  stream.on('data', onChunk);
  await waitUntil(() => isEnough(received));
  return received;
}

const waitDeadlineMs = 5_000;

async function waitUntil(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + waitDeadlineMs;
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('The condition did not come true in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
