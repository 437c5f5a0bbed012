import { connect, type Socket } from 'node:net';
import { generateApiKey, parseApiKey } from '@engagetrack/api-key';
import { Problem } from '@engagetrack/contracts';
import { problemAnswer, requestIdFrom } from '@engagetrack/service-chassis';
import { fieldOf, parseAnswers } from '@engagetrack/system-test/hostile';
import { waitFor } from '@engagetrack/system-test/stores';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { checkRawRequest } from '../../src/raw-checks.ts';
import { parseRequestTarget } from '../../src/request-target.ts';
import { responseHeaders } from '../../src/response-headers.ts';
import { traceparentFrom } from '../../src/trace-context.ts';
import { annotations, expectProblem, expectRefused, startThreeSides, type ThreeSides } from './three-sides.ts';

const ok = 'HTTP/1.1 200 OK\r\nX-Answered-By: upstream\r\nContent-Length: 0\r\n\r\n';
const deadlineMs = 5_000;
/** Linear work takes less, anything worse takes far more. */
const slowMs = 5;

describe('T: resource and time', () => {
  let sides: ThreeSides;
  beforeAll(async () => {
    sides = await startThreeSides();
  });
  afterAll(() => sides.stop());
  afterEach(async () => {
    jest.useRealTimers();
    sides.upstream.respondWith(() => ok);
    await sides.expectAlive();
    sides.upstream.seen.length = 0;
  });

  const open = (): Socket => {
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    socket.on('error', () => {});
    return socket;
  };
  /** What came back by the time the other side closed, and how long that took. */
  const untilClosed = async (socket: Socket, withinMs: number) => {
    let bytes = '';
    const startedAtMs = performance.now();
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
    });
    socket.on('end', () => socket.end());
    await waitFor(() => socket.closed, { deadlineMs: withinMs, what: 'the connection to be closed' });
    return { bytes, ms: performance.now() - startedAtMs };
  };

  it('T01 closes a head that trickles in, and a connection that says nothing, at the deadline', async () => {
    const slow = open();
    const trickle = setInterval(() => slow.writable && slow.write('a'), 200);
    slow.write('GET / HTTP/1.1\r\nX-A: ');
    const [slowly, silent] = await Promise.all([untilClosed(slow, 12_500), untilClosed(open(), 12_500)]);
    clearInterval(trickle);
    const [answer] = parseAnswers(slowly.bytes).answers;
    if (answer === undefined) throw new Error('no answer');
    expectProblem(answer, 'bad_request');
    expect(slowly.ms).toBeGreaterThan(9_000);
    // Nothing was asked, so nothing is said: an answer here could be taken for that to a later request.
    expect(silent.bytes).toBe('');
  });

  it('T02 ends a body that stops coming after 15 seconds', async () => {
    jest.useFakeTimers({ doNotFake: [...everythingElse] });
    const socket = open();
    let bytes = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
    });
    socket.write(`${sides.head({ method: 'POST', target: annotations, lines: ['Content-Length: 1000'] })}begin`);
    await turns(() => sides.upstream.openConnections() > 0);
    jest.advanceTimersByTime(14_000);
    socket.write('more');
    await turns(() => false, 50);
    jest.advanceTimersByTime(14_999);
    expect(bytes).toBe('');
    jest.advanceTimersByTime(1);
    expect(await turns(() => parseAnswers(bytes).answers.length > 0)).toBe(true);
    expectProblem(parseAnswers(bytes).answers[0] as never, 'bad_request');
    expect(sides.upstream.seen.filter(({ complete }) => complete)).toEqual([]);
    socket.destroy();
  });

  it('T03 holds no answer in memory for those who do not take it, and cuts them off after 30 seconds', async () => {
    const blocks = 50 * 16;
    let written = 0;
    sides.upstream.respondWith((_request, socket) => {
      const block = 'x'.repeat(64 * 1024);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${blocks * block.length}\r\n\r\n`);
      const write = (left: number): void => {
        if (left === 0 || !socket.writable) return;
        written += block.length;
        if (socket.write(block, 'latin1')) setImmediate(write, left - 1);
        else socket.once('drain', () => write(left - 1));
      };
      write(blocks);
      return undefined;
    });
    const before = process.memoryUsage().arrayBuffers;
    const slow = Array.from({ length: 20 }, () => {
      const socket = open();
      socket.pause();
      socket.write(sides.head());
      return socket;
    });
    const startedAtMs = performance.now();
    let most = 0;
    await waitFor(
      () => {
        most = Math.max(most, process.memoryUsage().arrayBuffers - before);
        return sides.gateway.logLines.filter((line) => line.includes('"status":499')).length >= slow.length;
      },
      { deadlineMs: 40_000, what: 'the slow readers to be cut off' },
    );
    const ms = performance.now() - startedAtMs;
    expect(ms).toBeGreaterThan(14_000);
    expect(ms).toBeLessThan(33_000);
    // Of 1,000 MB that the twenty answers are long.
    expect(most).toBeLessThan(150 * 2 ** 20);
    expect(written).toBeLessThan(500 * 2 ** 20);
    for (const socket of slow) socket.destroy();
  });

  it('T05 answers 413 to a body over the route’s limit, and reads little more of it', async () => {
    const head = sides.head({ method: 'POST', target: annotations, lines: ['Content-Length: 1048577'] });
    expectRefused(await sides.send(head), 'payload_too_large');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const socket = open();
    let sent = 0;
    let bytes = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
    });
    const flood = (): void => {
      if (!socket.writable) return;
      sent += chunk.length;
      if (socket.write(chunk, 'latin1')) setImmediate(flood);
      else socket.once('drain', flood);
    };
    socket.write(sides.head({ method: 'POST', target: annotations, lines: ['Transfer-Encoding: chunked'] }), flood);
    await waitFor(() => socket.destroyed, { deadlineMs, what: 'the flood to be cut off' });
    expectProblem(parseAnswers(bytes).answers[0] as never, 'payload_too_large');
    // The limit, what is read on so that the answer arrives, and what the sockets hold.
    expect(sent).toBeLessThan(32 * 2 ** 20);
    expect(sides.upstream.seen.filter(({ complete }) => complete)).toEqual([]);
  });

  it('T05 lets a caller read why its body was refused, however much of it is under way, and resets no connection', async () => {
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    for (let n = 0; n < 3; n += 1) {
      const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
      const errors: string[] = [];
      let bytes = '';
      socket.on('error', ({ message }) => errors.push(message));
      socket.setEncoding('latin1').on('data', (text: string) => {
        bytes += text;
        // What any client does once it has read that.
        socket.end();
      });
      const { authorization } = sides.gateway.issueKey();
      const lines = ['Transfer-Encoding: chunked'];
      socket.write(sides.head({ method: 'POST', target: annotations, authorization, lines }) + chunk.repeat(48));
      await waitFor(() => socket.closed, { deadlineMs, what: 'the connection to be closed' });
      expect([errors, parseAnswers(bytes).answers.map(({ status }) => status)]).toEqual([[], [413]]);
    }
  });

  it('T06 ends a connection politely after 10,000 requests', async () => {
    sides.gateway.advanceClock(60_000);
    const socket = open();
    let answers = 0;
    let tail = '';
    // Refused without a look-up, so that ten thousand take a second.
    const batch = sides.head({ target: '/x', authorization: null, connection: null }).repeat(100);
    socket.setEncoding('latin1').on('data', (text: string) => {
      answers += text.match(/HTTP\/1\.1 401 /g)?.length ?? 0;
      tail = (tail + text).slice(-2_000);
      if (answers % 100 === 0 && socket.writable) socket.write(batch);
    });
    socket.write(batch);
    await waitFor(() => socket.readableEnded, { deadlineMs: 60_000, what: 'the last answer' });
    expect(answers).toBe(10_000);
    expect(tail.slice(tail.lastIndexOf('HTTP/1.1 '))).toMatch(/^Connection: close\r$/m);
    socket.destroy();
  });

  it.each([
    ['before the answer', undefined],
    ['midway', 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin'],
  ])('T07 leaves the upstream within 100 ms when the caller leaves %s', async (_when, begin) => {
    for (const how of ['end', 'destroy', 'resetAndDestroy'] as const) {
      const { authorization } = sides.gateway.issueKey();
      let leftAtMs = Number.NaN;
      let held: Socket | undefined;
      sides.upstream.respondWith((_request, socket) => {
        held = socket;
        socket.on('close', () => {
          leftAtMs = performance.now();
        });
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
      const startedAtMs = performance.now();
      socket[how]();
      await waitFor(() => held?.closed, { deadlineMs, what: 'the upstream to be left' });
      expect(leftAtMs - startedAtMs).toBeLessThan(100);
      socket.destroy();
      // The unit stays spent.
      sides.upstream.respondWith(() => ok);
      const [answer] = (await sides.send(sides.head({ authorization }))).answers;
      expect(answer && fieldOf(answer, 'x-ratelimit-remaining')).toBe('598');
    }
  });

  const metric = async (name: string): Promise<number> => {
    const { values } = (await sides.gateway.registry.getSingleMetric(name)?.get()) ?? { values: [] };
    return values.reduce((sum, { value }) => sum + value, 0);
  };

  it('T07 forgets a caller that has left while it was being recognised', async () => {
    const cutBefore = await metric('gateway_streams_cut_total');
    const keys = Array.from({ length: 20 }, () => sides.gateway.issueKey());
    const { promise: gate, resolve: answerNow } = Promise.withResolvers<void>();
    sides.gateway.holdAuthorityUntil(gate);
    const asked = sides.gateway.introspections();
    const sockets = keys.map(({ authorization }) => {
      const socket = open();
      socket.write(sides.head({ authorization }));
      return socket;
    });
    await waitFor(() => sides.gateway.introspections() === asked + keys.length, { deadlineMs, what: 'the questions' });
    for (const socket of sockets) socket.resetAndDestroy();
    await waitFor(async () => (await metric('gateway_requests_in_flight')) === 0, {
      deadlineMs,
      what: 'every request to be over',
    });
    answerNow();
    await turns(() => false, 100);
    expect(sides.upstream.seen).toEqual([]);
    // Whoever is still watched is cut off with the key: nobody may be.
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

  it('T09 asks once about a key that a thousand requests bring at the same time', async () => {
    const { authorization } = sides.gateway.issueKey();
    sides.upstream.respondWith(() => ok);
    const asked = sides.gateway.introspections();
    const outcomes = await Promise.all(
      Array.from({ length: 1_000 }, () =>
        sides.send(sides.head({ authorization }), { patienceMs: 10_000, deadlineMs: 20_000 }),
      ),
    );
    const statuses = outcomes.map(({ answers }) => answers[0]?.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(600);
    expect(statuses.filter((status) => status === 429)).toHaveLength(400);
    expect(sides.gateway.introspections() - asked).toBe(1);
  });

  it('T14 judges the longest and most repetitive texts in no time', () => {
    const headers = (name: string, value: string) => ['Host', 'api.test', name, value];
    // As long as a head can be.
    const long = (unit: string) => unit.repeat(Math.ceil(16_384 / unit.length));
    const units = [
      'a',
      '/',
      '/a',
      '%',
      '%2',
      '%25',
      '?',
      ',',
      ' ',
      '\t',
      ', ',
      ';',
      '[',
      ':',
      '.',
      'a:',
      '0',
      '"',
      '\\',
      'q=0.',
      '/*,',
      'et_live_',
      'chunked,',
      'close, ',
    ];
    const readers: readonly ((text: string) => unknown)[] = [
      (text) => parseRequestTarget(text),
      (text) => parseRequestTarget(`/${text}`),
      (text) => parseRequestTarget(`/a?${text}`),
      (text) => parseApiKey(text),
      (text) => parseApiKey(`${generateApiKey().reveal()}${text}`),
      (text) => problemAnswer(new Problem('bad_request'), text),
      (text) => requestIdFrom(text),
      (text) => problemAnswer(new Problem('bad_request'), `application/problem+json${text}`),
      (text) => traceparentFrom(text),
      (text) => responseHeaders({ connection: text, vary: text, 'cache-control': text }, 200),
      ...['Host', 'Connection', 'Upgrade', 'Transfer-Encoding', 'Content-Length', 'X-Request-Id'].map(
        (name) => (text: string) =>
          checkRawRequest({ httpVersion: '1.1', method: 'POST', rawHeaders: headers(name, text) }),
      ),
    ];
    const slow: (readonly [reader: number, unit: string])[] = [];
    for (const [index, read] of readers.entries())
      for (const unit of units) if (fastestOf(read, long(unit)) > slowMs) slow.push([index, unit]);
    expect(slow).toEqual([]);
  });
});

/** Milliseconds of the fastest of a few runs: what is slow by itself is slow every time. */
function fastestOf(read: (text: string) => unknown, text: string): number {
  let fastest = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const startedAtMs = performance.now();
    try {
      read(text);
    } catch {
      // A refusal is an answer too.
    }
    fastest = Math.min(fastest, performance.now() - startedAtMs);
  }
  return fastest;
}

/** Lets the event loop turn, by real time, until the condition holds. */
async function turns(condition: () => boolean, forMs = deadlineMs): Promise<boolean> {
  const giveUpAtMs = performance.now() + forMs;
  while (!condition() && performance.now() < giveUpAtMs) await new Promise(setImmediate);
  return condition();
}

const everythingElse = [
  ...(['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask'] as const),
  ...(['setImmediate', 'clearImmediate', 'setInterval', 'clearInterval'] as const),
] as const;
