import { connect, type Socket } from 'node:net';
import { fieldOf } from '@engagetrack/hostile-input';
import { holdsWithin, turn } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startThreeSides, type ThreeSides } from './three-sides.ts';

const ok = 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n';
const deadlineMs = 20_000;
/** Milliseconds until the upstream of a caller that reset its connection is left. */
const leftWithinMs = 100;
/** Milliseconds for one that ended its side, which may only have nothing more to send; with the time of a busy machine. */
const endedWithinMs = 2_000 + 3_000;

describe('T: callers that leave', () => {
  let sides: ThreeSides;
  beforeAll(async () => {
    sides = await startThreeSides();
  });
  afterAll(() => sides.stop());
  afterEach(async () => {
    sides.upstream.respondWith(() => ok);
    await sides.expectAlive();
    sides.upstream.seen.length = 0;
  });

  const open = (): Socket => {
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.on('error', () => {});
    return socket;
  };

  it.each([
    ['before the answer', undefined],
    ['midway', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin'],
  ])(
    'T07 leaves the upstream within 100 ms of a reset, and soon behind a FIN, when the caller leaves %s',
    async (_when, begin) => {
      for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
        const { authorization } = sides.gateway.issueKey();
        let held: Socket | undefined;
        sides.upstream.respondWith((_request, socket) => {
          held = socket;
          return begin;
        });
        const socket = open();
        let bytes = '';
        socket.setEncoding('latin1').on('data', (text: string) => {
          bytes += text;
        });
        socket.write(sides.head({ authorization, connection: null }));
        await waitFor(() => held !== undefined && bytes.includes('begin') === (begin !== undefined), {
          deadlineMs,
          what: 'the request at the upstream',
        });
        socket[how]();
        if (how === 'resetAndDestroy') expect(await holdsWithin(leftWithinMs, () => held?.closed === true)).toBe(true);
        else await waitFor(() => held?.closed === true, { deadlineMs: endedWithinMs, what: 'the upstream to be left' });
        socket.destroy();
        // The unit stays spent.
        sides.upstream.respondWith(() => ok);
        const [answer] = (await sides.send(sides.head({ authorization }))).answers;
        expect(answer && fieldOf(answer, 'x-ratelimit-remaining')).toBe('598');
      }
    },
  );

  const metric = async (name: string): Promise<number> => {
    const { values } = (await sides.gateway.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    return values.reduce((sum, { value }) => sum + value, 0);
  };
  /** Connections that each ask for a key that is not known yet, and the authority's answers to them held back. */
  const askForUnknownKeys = async (count: number) => {
    const keys = Array.from({ length: count }, () => sides.gateway.issueKey());
    const { promise: gate, resolve: answerNow } = Promise.withResolvers<void>();
    sides.gateway.holdAuthorityUntil(gate);
    const sockets = keys.map(({ authorization }) => {
      const socket = open();
      socket.write(sides.head({ authorization }));
      return socket;
    });
    return { keys, sockets, answerNow };
  };
  const allOver = () =>
    waitFor(async () => (await metric('gateway_requests_in_flight')) === 0, {
      deadlineMs,
      what: 'every request to be over',
    });

  it('T07 forgets a caller that has left while it was being recognised', async () => {
    const cutBefore = await metric('gateway_streams_cut_total');
    const asked = sides.gateway.introspections();
    const { keys, sockets, answerNow } = await askForUnknownKeys(16);
    await waitFor(() => sides.gateway.introspections() === asked + keys.length, { deadlineMs, what: 'the questions' });
    for (const socket of sockets) socket.resetAndDestroy();
    await allOver();
    answerNow();
    for (let turns = 0; turns < 200; turns += 1) await turn();
    expect(sides.upstream.seen).toEqual([]);
    // An answer that is still watched is cut with its key: none may be.
    sides.gateway.advanceClock(1_000);
    for (const { keyId } of keys) {
      await sides.gateway.markRevoked(keyId);
      await sides.gateway.announcements.announce({
        kind: 'key_revoked',
        key_id: keyId as never,
        organization_id: 'org_a' as never,
      });
    }
    expect(await metric('gateway_streams_cut_total')).toBe(cutBefore);
  });

  it('T07 asks nobody about the key of a caller that has left before its turn', async () => {
    const asked = sides.gateway.introspections();
    const { sockets, answerNow } = await askForUnknownKeys(60);
    await waitFor(() => sides.gateway.introspections() === asked + 16, { deadlineMs, what: 'the first questions' });
    await waitFor(async () => (await metric('gateway_requests_in_flight')) === 60, { deadlineMs, what: 'the others' });
    for (const socket of sockets) socket.resetAndDestroy();
    await allOver();
    answerNow();
    for (let turns = 0; turns < 200; turns += 1) await turn();
    expect(sides.gateway.introspections()).toBe(asked + 16);
  });
});
