import { connect, type Socket } from 'node:net';
import { parseAnswers } from '@engagetrack/hostile-input';
import { holdsWithin } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { annotations, expectProblem, startThreeSides, type ThreeSides } from './three-sides.ts';

const headDeadlineMs = 10_000;
const bodyIdleMs = 15_000;
const wholeRequestMs = 60_000;
/** Milliseconds. node:http checks its deadlines once a second, with a timer that drifts. */
const checkMs = 1_500;
const writeIdleMs = 30_000;
const deadlineMs = 20_000;

/** A connection, its received bytes, and the time when the gateway gave it up. */
interface Observed {
  readonly socket: Socket;
  bytes(): string;
  /** Milliseconds of this process's clock until it was answered or closed; undefined before. */
  givenUpAfterMs(): number | undefined;
  /** Whether that came before a timer of the expected length, set at its opening, had run. */
  readonly inTime: Promise<boolean>;
}

/** All connections wait in real time, at once: the longest takes a minute. */
describe('T: deadlines', () => {
  let sides: ThreeSides;
  let silent: Observed;
  let slowHead: Observed;
  let slowBody: Observed;
  let idleBody: Observed;
  let lateBody: Observed;
  let inner: string;
  const timers: NodeJS.Timeout[] = [];

  beforeAll(async () => {
    sides = await startThreeSides();
    inner = sides.head();
    const upload = (length: number) =>
      sides.head({ method: 'POST', target: annotations, connection: null, lines: [`Content-Length: ${length}`] });
    silent = observe('', headDeadlineMs + checkMs);
    slowHead = observe('GET / HTTP/1.1\r\nX-A: ', headDeadlineMs + checkMs);
    trickle(slowHead, 200);
    slowBody = observe(upload(1_000_000), wholeRequestMs + checkMs);
    trickle(slowBody, 1_000);
    idleBody = observe(`${upload(1_000)}begin`, bodyIdleMs + checkMs);
    lateBody = observe(upload(inner.length), bodyIdleMs + checkMs);
  });
  afterAll(async () => {
    for (const timer of timers) clearInterval(timer);
    await sides.stop();
  });

  function observe(first: string, promisedMs: number): Observed {
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const startedAtMs = performance.now();
    let bytes = '';
    let givenUpAfterMs: number | undefined;
    const giveUp = (): void => {
      givenUpAfterMs ??= performance.now() - startedAtMs;
    };
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
      giveUp();
    });
    socket.on('end', () => socket.end());
    socket.on('close', giveUp);
    socket.write(first);
    const inTime = holdsWithin(promisedMs, () => givenUpAfterMs !== undefined);
    return { socket, bytes: () => bytes, givenUpAfterMs: () => givenUpAfterMs, inTime };
  }

  function trickle({ socket }: Observed, everyMs: number): void {
    timers.push(setInterval(() => socket.writable && socket.write('a'), everyMs));
  }

  const refusalOn = ({ bytes }: Observed) => {
    const [answer, ...more] = parseAnswers(bytes()).answers;
    if (answer === undefined) throw new Error(`no answer in ${JSON.stringify(bytes())}`);
    expect(more).toEqual([]);
    return answer;
  };

  it('T01 closes a head that trickles in at its deadline, and says why', async () => {
    expect(await slowHead.inTime).toBe(true);
    expect(slowHead.givenUpAfterMs()).toBeGreaterThan(headDeadlineMs - 1_000);
    expectProblem(refusalOn(slowHead), 'bad_request');
  });

  it('T01 closes a connection that sends nothing at the same deadline, without an answer', async () => {
    expect(await silent.inTime).toBe(true);
    // The client sent no request: it could take an answer for that to a later one.
    expect(silent.bytes()).toBe('');
  });

  it('S09 gives up a body that stops coming after 15 seconds, here and at the upstream', async () => {
    expect(await idleBody.inTime).toBe(true);
    expect(idleBody.givenUpAfterMs()).toBeGreaterThan(bodyIdleMs - 1_000);
    expectProblem(refusalOn(idleBody), 'bad_request');
    expect(sides.upstream.seen.filter(({ complete }) => complete)).toEqual([]);
  });

  it('S25 takes a body that comes after its deadline for no request', async () => {
    expect(await lateBody.inTime).toBe(true);
    expectProblem(refusalOn(lateBody), 'bad_request');
    lateBody.socket.write(inner);
    await sides.expectAlive();
    // Only the request of the check.
    expect(sides.upstream.seen.filter(({ complete }) => complete)).toHaveLength(1);
    sides.upstream.seen.length = 0;
    expect(refusalOn(lateBody).status).toBe(400);
  });

  it('T02 ends a body that trickles in for ever after a minute', async () => {
    expect(await slowBody.inTime).toBe(true);
    // It never stops coming, so that only the deadline of the whole request can end it.
    expect(slowBody.givenUpAfterMs()).toBeGreaterThan(wholeRequestMs - 1_000);
    expectProblem(refusalOn(slowBody), 'bad_request');
    // The upstream is not left with half of it.
    await waitFor(() => sides.upstream.seen.some(({ complete, body }) => !complete && /^a{20,}$/.test(body)), {
      deadlineMs,
      what: 'the upstream to be left',
    });
  }, 120_000);
});

describe('T: a client that does not read its answer', () => {
  let sides: ThreeSides;
  beforeAll(async () => {
    sides = await startThreeSides();
  });
  afterAll(() => sides.stop());

  it('T03 is cut off after 30 seconds, and nothing of the answer is held in memory for it', async () => {
    const readers = 20;
    const blocks = 50 * 16;
    let written = 0;
    let lastWrittenAtMs = 0;
    sides.upstream.respondWith((_request, socket) => {
      const block = 'x'.repeat(64 * 1024);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${blocks * block.length}\r\n\r\n`);
      const write = (left: number): void => {
        if (left === 0 || !socket.writable) return;
        written += block.length;
        lastWrittenAtMs = performance.now();
        if (socket.write(block, 'latin1')) setImmediate(write, left - 1);
        else socket.once('drain', () => write(left - 1));
      };
      write(blocks);
      return undefined;
    });
    const before = process.memoryUsage().arrayBuffers;
    const slow = Array.from({ length: readers }, () => {
      const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(sides.head());
      return socket;
    });
    let most = 0;
    const cutOff = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      return sides.gateway.logLines.filter((line) => line.includes('"status":499')).length;
    };
    // Not before half of the time is over: a slow client is not hostile.
    expect(await holdsWithin(writeIdleMs / 2 - 1_000, () => cutOff() > 0)).toBe(false);
    // The time begins when the last buffer on the way is full, which is late on a busy machine.
    await waitFor(() => cutOff() === readers, { deadlineMs: writeIdleMs, what: 'all of them to be cut off' });
    expect(performance.now() - lastWrittenAtMs).toBeLessThan(writeIdleMs + 1_000 + checkMs);
    // Out of 1,000 MB, the length of the twenty answers.
    expect(most).toBeLessThan(150 * 2 ** 20);
    expect(written).toBeLessThan(500 * 2 ** 20);
    for (const socket of slow) socket.destroy();
    sides.upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n');
    await sides.expectAlive();
  }, 120_000);
});
