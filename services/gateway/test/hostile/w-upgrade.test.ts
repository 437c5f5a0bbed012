import { connect, type Socket } from 'node:net';
import { parseAnswers } from '@engagetrack/hostile-input';
import { holdsWithin, ownCpuMs } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type IssuedKey, organizationA, startGateway } from '../harness.ts';
import { expectForwarded, expectRefused, site, sites, startThreeSides, type ThreeSides } from './three-sides.ts';

const deadlineMs = 20_000;
/** Milliseconds. A stream is cut within them after the acknowledgement of the change that ends its key. */
const cutWithinMs = 1_000;
const live = `${site}/analytics/live`;

describe('W: upgrades and long answers', () => {
  let sides: ThreeSides;
  const streams: Socket[] = [];
  beforeEach(async () => {
    sides = await startThreeSides({ defaultTimeoutMs: 600_000 });
  });
  afterEach(async () => {
    jest.useRealTimers();
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n');
    await sides.expectAlive();
    for (const stream of streams.splice(0)) stream.destroy();
    await sides.stop();
  });

  /** Opens an endless answer, and resolves when it has begun. */
  const openStream = async (key: IssuedKey, target = live) => {
    sides.upstream.respondWith((_request, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
      const events = setInterval(() => socket.writable && socket.write('6\r\ndata:\n\r\n'), 20);
      socket.on('close', () => clearInterval(events));
      return undefined;
    });
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
    streams.push(socket);
    let bytes = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
    });
    socket.on('error', () => {});
    socket.write(sides.head({ target, authorization: key.authorization, connection: null }));
    await waitFor(() => bytes.includes('data:'), { deadlineMs, what: 'the stream to begin' });
    return { socket, bytes: () => bytes };
  };
  const expectCut = async ({ socket, bytes }: Awaited<ReturnType<typeof openStream>>) => {
    expect(await holdsWithin(cutWithinMs, () => socket.destroyed)).toBe(true);
    // Cut off and never ended, so that no client takes it for complete.
    expect(parseAnswers(bytes()).answers).toEqual([]);
    await waitFor(() => sides.upstream.openConnections() === 0, { deadlineMs, what: 'the upstream to be left' });
  };

  it('W01 opens no websocket, with any key or none, before and after a good request', async () => {
    const revoked = sides.gateway.issueKey();
    await sides.gateway.markRevoked(revoked.keyId);
    const upgrade = (authorization: string | null) =>
      sides.head({
        authorization,
        connection: 'Upgrade',
        lines: ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='],
      });
    for (const authorization of [null, 'Bearer nonsense', revoked.authorization, sides.key.authorization]) {
      sides.upstream.seen.length = 0;
      expectRefused(await sides.send(upgrade(authorization)), 'bad_request');
      expect(sides.upstream.seen).toEqual([]);
      expectForwarded(await sides.send(sides.head()));
      expectRefused(await sides.send(upgrade(authorization)), 'bad_request');
      const { answers } = await sides.send(sides.head({ connection: null }) + upgrade(authorization));
      expect(answers.map(({ status }) => status)).toEqual([200, 400]);
      expect(sides.upstream.seen).toHaveLength(2);
    }
  });

  it('W02 refuses an upgrade whose Connection names a field to delete', async () => {
    for (const connection of ['Upgrade, x-org-id', 'x-org-id, Upgrade'])
      for (const lines of [['Upgrade: websocket'], ['Upgrade: h2c'], []])
        expectRefused(await sides.send(sides.head({ connection, lines })), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('W03 cuts a stream within a second of its key’s revocation, announced or not', async () => {
    for (const isAnnounced of [true, false]) {
      const key = sides.gateway.issueKey();
      const stream = await openStream(key);
      sides.gateway.advanceClock(1_000);
      await sides.gateway.markRevoked(key.keyId);
      if (isAnnounced)
        await sides.gateway.announcements.announce({
          kind: 'key_revoked',
          key_id: key.keyId as never,
          organization_id: organizationA as never,
        });
      await expectCut(stream);
    }
  });

  it('W04 cuts a download of a gigabyte as it cuts a stream', async () => {
    const key = sides.gateway.issueKey();
    const block = 'x'.repeat(64 * 1024);
    sides.upstream.respondWith((_request, socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 30}\r\n\r\n`);
      const flow = (): void => {
        if (socket.writable) socket.write(block, () => setImmediate(flow));
      };
      flow();
      return undefined;
    });
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
    streams.push(socket);
    let received = 0;
    socket.on('error', () => {});
    socket.on('data', ({ length }: Buffer) => {
      received += length;
    });
    socket.write(sides.head({ target: sites, authorization: key.authorization, connection: null }));
    await waitFor(() => received > 2 ** 20, { deadlineMs, what: 'the download to begin' });
    sides.gateway.advanceClock(1_000);
    await sides.gateway.markRevoked(key.keyId);
    expect(await holdsWithin(cutWithinMs, () => socket.destroyed)).toBe(true);
    expect(received).toBeLessThan(2 ** 30);
    await waitFor(() => sides.upstream.openConnections() === 0, { deadlineMs, what: 'the upstream to be left' });
  });

  it('W05 cuts a stream whose key expires, and one whose organization loses its plan', async () => {
    const expiring = await openStream(sides.gateway.issueKey({ expiresAtMs: sides.gateway.now() + 2_000 }));
    sides.gateway.advanceClock(2_001);
    await expectCut(expiring);
    const key = sides.gateway.issueKey();
    const downgraded = await openStream(key);
    sides.gateway.advanceClock(1_000);
    sides.gateway.changePlan(key.key, 'maker', 2);
    await sides.gateway.raiseEpoch(organizationA, 2);
    await expectCut(downgraded);
    await sides.gateway.raiseEpoch(organizationA, 1);
  });

  it('W06 cuts the maximum of streams of a key at once, without blocking the event loop, and no other', async () => {
    const key = sides.gateway.issueKey();
    const other = await openStream(sides.gateway.issueKey());
    sides.upstream.respondWith(
      () => 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:\n\r\n',
    );
    let begun = 0;
    const open = (count: number) =>
      Array.from({ length: count }, () => {
        const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
        streams.push(socket);
        socket.on('error', () => {});
        socket.once('data', () => {
          begun += 1;
        });
        socket.write(sides.head({ target: live, authorization: key.authorization, connection: null }));
        return socket;
      });
    // More of them than a quota take two windows.
    const all = open(600);
    await waitFor(() => begun === 600, { deadlineMs, what: '600 streams' });
    sides.gateway.advanceClock(60_000);
    all.push(...open(400));
    await waitFor(() => begun === 1_000, { deadlineMs, what: '1,000 streams' });

    await sides.gateway.markRevoked(key.keyId);
    const announced = () =>
      sides.gateway.announcements.announce({
        kind: 'key_revoked',
        key_id: key.keyId as never,
        organization_id: organizationA as never,
      });
    expect(await ownCpuMs(announced)).toBeLessThan(50);
    expect(await holdsWithin(2_000, () => all.every(({ destroyed }) => destroyed))).toBe(true);
    expect(other.socket.destroyed).toBe(false);
  });

  it('W07 ends an answer that has gone on for five minutes, and no stream', async () => {
    // Fakes only the sweep over the deadlines: everything else, and the waiting of this test, use real time.
    jest.useFakeTimers({ doNotFake: [...everythingElse] });
    const { upstream } = sides;
    const other = await startGateway({ upstreamUrl: upstream.url, defaultTimeoutMs: 600_000 });
    const { authorization } = other.issueKey();
    upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\ndata:\n\r\n');
    const begin = async (target: string) => {
      const socket = connect({ port: other.port, host: '127.0.0.1' });
      streams.push(socket);
      let bytes = '';
      socket.setEncoding('latin1').on('data', (text: string) => {
        bytes += text;
      });
      socket.write(sides.head({ target, authorization, connection: null }));
      await waitFor(() => bytes.includes('data:'), { deadlineMs, what: 'the begin of an answer' });
      return { socket, bytes: () => bytes };
    };
    const [answer, stream] = [await begin(sites), await begin(live)];
    jest.advanceTimersByTime(299_000);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(answer.socket.destroyed).toBe(false);
    jest.advanceTimersByTime(1_200);
    await waitFor(() => answer.socket.destroyed, { deadlineMs, what: 'the end of the answer' });
    expect(parseAnswers(answer.bytes()).answers).toEqual([]);
    jest.advanceTimersByTime(3_600_000);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(stream.socket.destroyed).toBe(false);
    await other.stop();
  });
});

const everythingElse = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const),
] as const;
