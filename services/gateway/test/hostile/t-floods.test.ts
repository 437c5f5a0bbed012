import { connect } from 'node:net';
import { generateApiKey } from '@engagetrack/api-key';
import { parseAnswers } from '@engagetrack/hostile-input';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, startGateway } from '../harness.ts';
import { annotations, expectProblem, expectRefused, sites, startThreeSides, type ThreeSides } from './three-sides.ts';

const ok = 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n';
const deadlineMs = 20_000;
const guess = () => `Bearer ${generateApiKey().reveal()}`;

describe('T: floods', () => {
  let sides: ThreeSides;
  beforeEach(async () => {
    sides = await startThreeSides();
    sides.upstream.respondWith(() => ok);
  });
  afterEach(async () => {
    sides.upstream.respondWith(() => ok);
    await sides.expectAlive();
    await sides.stop();
  });

  it('T05 answers 413 to a body over the route’s limit, and reads little more of it', async () => {
    const head = sides.head({ method: 'POST', target: annotations, lines: ['Content-Length: 1048577'] });
    expectRefused(await sides.send(head), 'payload_too_large');
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
    let sent = 0;
    let bytes = '';
    socket.on('error', () => undefined);
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
    const [answer] = parseAnswers(bytes).answers;
    if (answer === undefined) throw new Error('no answer');
    expectProblem(answer, 'payload_too_large');
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
      const lines = ['Transfer-Encoding: chunked'];
      socket.write(sides.head({ method: 'POST', target: annotations, lines }) + chunk.repeat(48));
      await waitFor(() => socket.closed, { deadlineMs, what: 'the connection to be closed' });
      expect([errors, parseAnswers(bytes).answers.map(({ status }) => status)]).toEqual([[], [413]]);
    }
  });

  it('T06 ends a connection politely after as many requests as one may bring', async () => {
    const requestsPerConnectionMax = 200;
    const limited = await startThreeSides({ limits: { requestsPerConnectionMax } });
    const socket = connect({ port: limited.gateway.port, host: '127.0.0.1', allowHalfOpen: true });
    let answers = 0;
    let tail = '';
    // Of a known key; refused before anything is forwarded.
    const batch = limited.head({ target: '/x', connection: null }).repeat(50);
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => {
      answers += text.match(/HTTP\/1\.1 404 /g)?.length ?? 0;
      tail = (tail + text).slice(-2_000);
      if (answers % 50 === 0 && socket.writable) socket.write(batch);
    });
    socket.write(batch);
    await waitFor(() => socket.readableEnded, { deadlineMs, what: 'the last answer' });
    expect(answers).toBe(requestsPerConnectionMax);
    expect(tail.slice(tail.lastIndexOf('HTTP/1.1 '))).toMatch(/^Connection: close\r$/m);
    socket.destroy();
    await limited.stop();
  });

  /** Each on a connection of its own, all at the same time. */
  const sendAll = async (authorizations: readonly string[], lines: readonly string[] = []) => {
    const patient = { patienceMs: 30_000, deadlineMs: 40_000 };
    const outcomes = await Promise.all(
      authorizations.map((authorization) => sides.send(sides.head({ authorization, lines }), patient)),
    );
    return outcomes.map(({ answers }) => answers[0]);
  };

  it('T09 asks once about a key that three thousand requests bring at the same time', async () => {
    const { authorization } = sides.gateway.issueKey();
    const asked = sides.gateway.introspections();
    const answers = await sendAll(Array(3_000).fill(authorization));
    // Its own quota is what the others run into.
    expect(answers.filter((answer) => ![200, 429].includes(answer?.status ?? 0))).toEqual([]);
    expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(600);
    expect(sides.gateway.introspections() - asked).toBe(1);
  });

  it('T10 answers every one of 10,000 live keys whose memory ends together, without asking for more than its share', async () => {
    const keys = Array.from({ length: 10_000 }, () => sides.gateway.issueKey().authorization);
    let asking = 0;
    let askingMost = 0;
    sides.gateway.onIntrospection({
      began: () => {
        asking += 1;
        askingMost = Math.max(askingMost, asking);
      },
      ended: () => {
        asking -= 1;
      },
    });
    const askForAll = async (callers: number): Promise<ReadonlyMap<number, number>> => {
      const statuses = new Map<number, number>();
      const rest = keys.values();
      const caller = async (): Promise<void> => {
        for (const authorization of rest) {
          const { status, body } = await fetch(sides.gateway.url + sites, { headers: { authorization } });
          await body?.cancel();
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: callers }, caller));
      return statuses;
    };
    // A key that nobody knows may wait for less long, which a busy machine can exceed: so these come a few at a time.
    expect(await askForAll(16)).toEqual(new Map([[200, keys.length]]));
    const asked = sides.gateway.introspections();
    askingMost = 0;
    sides.gateway.advanceClock(60_001);
    expect(await askForAll(500)).toEqual(new Map([[200, keys.length]]));
    expect(sides.gateway.introspections() - asked).toBe(keys.length);
    expect(askingMost).toBeLessThanOrEqual(32);
  }, 180_000);
});

describe('T: a flood of guesses', () => {
  let gateway: GatewayHarness;
  beforeEach(async () => {
    gateway = await startGateway({ limits: { failedAuthenticationsMax: 100 }, trustedHops: 1 });
  });
  afterEach(() => gateway.stop());

  const ask = async (authorization: string, from: string) => {
    const response = await fetch(gateway.url + sites, { headers: { authorization, 'x-forwarded-for': from } });
    await response.arrayBuffer();
    return response.status;
  };

  it('T08 is looked up no more often than one address may fail, and hardly more than that while it all comes at once', async () => {
    const { promise: gate, resolve: answerNow } = Promise.withResolvers<void>();
    gateway.holdAuthorityUntil(gate);
    const known = gateway.issueKey();
    const guesses = Array.from({ length: 1_000 }, () => ask(guess(), '203.0.113.7'));
    await waitFor(() => gateway.introspections() === 16, { deadlineMs, what: 'as many questions as there may be' });
    answerNow();
    const statuses = await Promise.all(guesses);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    // The limit, and what was under way when it was reached.
    expect(gateway.introspections()).toBeLessThanOrEqual(100 + 16);
    // Nobody else pays for it.
    expect(await ask(known.authorization, '203.0.113.8')).toBe(200);
  });

  it('T08 holds up no known key, wherever it comes from and whatever its own address has guessed', async () => {
    const known = gateway.issueKey();
    expect(await ask(known.authorization, '203.0.113.7')).toBe(200);
    const { promise: gate, resolve: answerNow } = Promise.withResolvers<void>();
    gateway.holdAuthorityUntil(gate);
    const guesses = Array.from({ length: 60 }, (_, n) => ask(guess(), `2001:db8:0:${n.toString(16)}::1`));
    const fromTheSame = Array.from({ length: 60 }, () => ask(guess(), '203.0.113.7'));
    await waitFor(() => gateway.introspections() === 1 + 16, { deadlineMs, what: 'as many questions as there may be' });
    for (let n = 0; n < 20; n += 1) expect(await ask(known.authorization, '203.0.113.7')).toBe(200);
    answerNow();
    for (const status of await Promise.all([...guesses, ...fromTheSame])) expect([401, 429]).toContain(status);
  });

  it('T08 takes the addresses of one IPv6 network for one', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 110; n += 1) statuses.push(await ask(guess(), `2001:db8:1:2::${n.toString(16)}`));
    expect(statuses.slice(0, 100)).toEqual(Array(100).fill(401));
    expect(statuses.slice(100)).toEqual(Array(10).fill(429));
    expect(gateway.introspections()).toBe(100);
    expect(await ask(guess(), '2001:db8:1:3::1')).toBe(401);
  });
});
