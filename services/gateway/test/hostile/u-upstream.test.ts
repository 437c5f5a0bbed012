import { createServer, type Socket } from 'node:net';
import { fieldOf, seenField } from '@engagetrack/hostile-input';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startGateway } from '../harness.ts';
import { sendRaw } from '../raw-request.ts';
import { annotations, expectRefused, sites, startThreeSides, type ThreeSides } from './three-sides.ts';

const timeoutMs = 300;
const deadlineMs = 5_000;
const ok = 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 4\r\n\r\nnext';

describe('U: upstream behaviour', () => {
  let sides: ThreeSides;
  beforeAll(async () => {
    sides = await startThreeSides({ defaultTimeoutMs: timeoutMs });
  });
  afterAll(() => sides.stop());
  afterEach(async () => {
    sides.upstream.respondWith(() => ok);
    await sides.expectAlive();
    sides.upstream.seen.length = 0;
    sides.gateway.logLines.length = 0;
    // The quota of another window.
    sides.gateway.advanceClock(60_000);
  });

  const get = () => sides.send(sides.head());
  let answering: Socket | undefined;
  /** Waits until the gateway has closed the connection of the last answer. */
  const expectLeft = () => waitFor(() => answering?.destroyed, { deadlineMs, what: 'the upstream to be left' });
  const answerWith = (bytes: string, then: 'stay' | 'close' | 'reset' = 'stay') => {
    sides.upstream.respondWith((_request, socket) => {
      answering = socket;
      socket.write(bytes, 'latin1', () => {
        if (then === 'close') socket.end();
        if (then === 'reset') socket.resetAndDestroy();
      });
      return undefined;
    });
  };
  const expect502 = async (bytes: string, then: 'stay' | 'close' | 'reset' = 'stay') => {
    answerWith(bytes, then);
    expectRefused(await get(), 'upstream_unreachable');
  };
  /** Expects an answer that began and was cut off, so that it cannot look complete. */
  const expectCutOff = async (bytes: string, then: 'stay' | 'close' | 'reset') => {
    answerWith(bytes, then);
    const outcome = await get();
    expect(outcome.answers).toEqual([]);
    expect(outcome.rest).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(['closed', 'reset']).toContain(outcome.end);
  };
  /** Expects that the next caller gets the answer to its own request. */
  const expectNextUnharmed = async () => {
    sides.upstream.respondWith(() => ok);
    for (let n = 0; n < 3; n += 1) {
      const { answers } = await get();
      expect(answers.map(({ status, body }) => [status, body])).toEqual([[200, 'next']]);
    }
  };

  it('U01 answers 502 when nothing listens, the host is unknown or cannot be reached in time', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const address = closed.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await new Promise((resolve) => closed.close(resolve));
    // 192.0.2.0/24 is for documentation: no packet to it is ever answered.
    for (const upstreamUrl of [
      `http://127.0.0.1:${address.port}`,
      'http://no-such-host.invalid',
      'http://192.0.2.1:81',
    ]) {
      const gateway = await startGateway({ upstreamUrl, defaultTimeoutMs: 10_000 });
      const { authorization } = gateway.issueKey();
      const startedAtMs = performance.now();
      const bytes = await sendRaw(gateway.port, sides.head({ authorization }), 10_000);
      expect(bytes).toMatch(/^HTTP\/1\.1 502 .*\{"error":"Upstream service unavailable"\}$/s);
      expect(bytes).not.toMatch(/invalid|192\.0\.2|ENOTFOUND|ECONN/);
      expect(performance.now() - startedAtMs).toBeLessThan(9_000);
      await gateway.stop();
    }
  });

  it('U02 answers 502 to a connection that is closed or reset before any byte, and resends nothing', async () => {
    for (const then of ['close', 'reset'] as const) {
      sides.upstream.respondWith((_request, socket) => {
        if (then === 'close') socket.end();
        else socket.resetAndDestroy();
        return undefined;
      });
      const gateway = await startGateway({ upstreamUrl: sides.upstream.url });
      const { authorization } = gateway.issueKey();
      sides.upstream.seen.length = 0;
      for (const method of ['GET', 'POST']) {
        const target = method === 'GET' ? sites : annotations;
        const lines = method === 'GET' ? [] : ['Content-Length: 0'];
        expect(await sendRaw(gateway.port, sides.head({ method, target, authorization, lines }))).toMatch(
          /^HTTP\/1\.1 502 /,
        );
      }
      expect(sides.upstream.seen.map(({ method }) => method)).toEqual(['GET', 'POST']);
      await gateway.stop();
    }
  });

  it.each([
    ['GET', sites, [], 200],
    ['HEAD', sites, [], 200],
    ['POST', annotations, ['Content-Length: 0'], 502],
    ['DELETE', `${annotations}/annotation_1`, ['Content-Length: 0'], 502],
  ] as const)('U02 handles a kept connection that was closed: %s', async (method, target, lines, status) => {
    let resets = 0;
    sides.upstream.respondWith((request, socket) => {
      const isKept = sides.upstream.seen.filter(({ connection }) => connection === request.connection).length > 1;
      if (!isKept) return method === 'HEAD' ? ok.slice(0, -4) : ok;
      resets += 1;
      socket.resetAndDestroy();
      return undefined;
    });
    const statuses: (number | undefined)[] = [];
    await waitFor(
      async () => {
        sides.upstream.seen.splice(0, sides.upstream.seen.length - 1);
        const { answers } = await sides.send(sides.head({ method, target, lines }), { methods: [method] });
        statuses.push(answers[0]?.status);
        return resets > 0;
      },
      { deadlineMs, what: 'a kept connection to be used again' },
    );
    // A safe request is sent once more, and no other.
    expect(resets).toBe(1);
    expect(statuses.pop()).toBe(status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('U03 answers 504 to silence and to half a head, and disconnects', async () => {
    for (const bytes of ['', 'HTTP/1.1 200 OK\r\nContent-', 'HTTP/1.1 200 OK\r\nX-A: b\r\n']) {
      answerWith(bytes);
      expectRefused(await get(), 'upstream_timeout');
      await expectLeft();
    }
  });

  it('U03 answers 504 to a head that trickles in for ever', async () => {
    let written = 0;
    sides.upstream.respondWith((_request, socket) => {
      answering = socket;
      const trickle = setInterval(() => {
        written += 1;
        socket.write(written === 1 ? 'HTTP/1.1 200 OK\r\nX-A: ' : 'a');
      }, timeoutMs / 10);
      socket.on('close', () => clearInterval(trickle));
      return undefined;
    });
    expectRefused(await get(), 'upstream_timeout');
    expect(written).toBeGreaterThan(3);
    await expectLeft();
  });

  it('U04 answers 502 to bytes that are no answer', async () => {
    for (const bytes of [
      ...[
        'garbage\r\n\r\n',
        'HTTP/1.1 99 Odd\r\n\r\n',
        'HTTP/1.1 1000 Odd\r\n\r\n',
        'HTTP/1.1 abc Odd\r\n\r\n',
        'HTTP/1.1 000 Odd\r\n\r\n',
      ],
      ...[
        'HTTP/1.2 200 OK\r\nContent-Length: 0\r\n\r\n',
        'HTTP/3.0 200 OK\r\nContent-Length: 0\r\n\r\n',
        '<html>',
        'ICY 200 OK\r\n\r\n',
        'HTTP/1.1\r\n\r\n',
      ],
    ])
      await expect502(bytes, 'close');
  });

  it('U05 answers 502 to a status of an unknown class', async () => {
    for (const status of [600, 666, 999]) await expect502(`HTTP/1.1 ${status} Odd\r\nContent-Length: 0\r\n\r\n`);
  });

  it('U06 answers 502 to a control byte in the reason phrase', async () => {
    for (const byte of ['\0', '\x01', '\x1b', '\x7f', '\x0b', '\x08'])
      await expect502(`HTTP/1.1 200 O${byte}K\r\nContent-Length: 2\r\n\r\nok`);
    await expectNextUnharmed();
  });

  it('U07 cuts an answer off that ends before its length', async () => {
    for (const then of ['close', 'reset'] as const) {
      await expectCutOff('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', then);
      await waitFor(() => sides.gateway.logLines.some((line) => line.includes('"reason":"upstream_broke_off"')), {
        deadlineMs,
        what: 'a log line with the reason',
      });
    }
  });

  it('U08 cuts an answer off whose chunks are broken', async () => {
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    await expectCutOff(`${head}5\r\nhel`, 'close');
    await expectCutOff(`${head}5\r\nhello\r\n`, 'close');
    for (const broken of ['zz\r\n', '5\r\nhelloXX', '5\nhello\r\n', '-1\r\n']) {
      answerWith(`${head}3\r\nabc\r\n`);
      sides.upstream.respondWith((_request, socket) => {
        socket.write(`${head}3\r\nabc\r\n`, () => setTimeout(() => socket.write(broken), 30));
        return undefined;
      });
      const outcome = await get();
      expect(outcome.answers).toEqual([]);
      expect(outcome.rest).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(outcome.rest).not.toContain('HTTP/1.1 502');
    }
  });

  it('U09 answers 502 to two framings or two lengths', async () => {
    await expect502('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    await expect502('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n');
    await expect502('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello');
    await expect502('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello');
    await expect502('HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello');
    await expectNextUnharmed();
  });

  it('U10 gives unasked bytes behind an answer to no caller', async () => {
    const poison = 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 6\r\n\r\npoison';
    for (const delayMs of [undefined, 0, 1, 2]) {
      sides.gateway.advanceClock(60_000);
      for (let round = 0; round < 250; round += 1) {
        sides.upstream.respondWith((_request, socket) => {
          if (delayMs === undefined) socket.write(ok + poison);
          else socket.write(ok, () => setTimeout(() => socket.writable && socket.write(poison), delayMs));
          return undefined;
        });
        const answers = await Promise.all([get(), get()]);
        for (const { bytes } of answers) expect(bytes).not.toContain('poison');
      }
    }
    sides.gateway.advanceClock(60_000);
    await expectNextUnharmed();
  });

  it('U11 drops interim answers, and gives an upstream up that sends them without end', async () => {
    const interim = 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    answerWith(interim + ok);
    const outcome = await get();
    expect(outcome.bytes).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(outcome.bytes).not.toMatch(/ 10[23] /);
    await expect502('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(11) + ok);
    await expect502('HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000) + ok);
    await expectNextUnharmed();
  });

  it('U12 answers 502 to an unasked upgrade', async () => {
    await expect502('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbytes');
    await expect502('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    await expectLeft();
  });

  it.each([
    ['204 with a body', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'],
    ['304 with a length', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    [
      '304 with a coding',
      'GET',
      'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    ['HEAD with a body', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  ])('U13 answers %s with no body or 502, and reuses no such connection', async (_what, method, bytes) => {
    answerWith(bytes);
    const outcome = await sides.send(sides.head({ method }), { methods: [method] });
    expect(outcome.answers).toHaveLength(1);
    expect([Number(bytes.slice(9, 12)), 502]).toContain(outcome.answers[0]?.status);
    expect([outcome.rest, outcome.bytes.includes('hello')]).toEqual(['', false]);
    await expectNextUnharmed();
  });

  it('U14 answers 502 to an over-long head and to too many fields', async () => {
    await expect502(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(20_000)}\r\nContent-Length: 0\r\n\r\n`);
    await expect502(
      `HTTP/1.1 200 OK\r\n${Array.from({ length: 3_000 }, (_, n) => `${n}:\r\n`).join('')}Content-Length: 0\r\n\r\n`,
    );
    await expect502(
      `HTTP/1.1 200 OK\r\n${Array.from({ length: 600 }, (_, n) => `${n}:\r\n`).join('')}Content-Length: 0\r\n\r\n`,
    );
  });

  it('U15 answers 502 to malformed field lines', async () => {
    for (const line of ['X-A : b', 'X\0A: b', 'X A: b', 'X-A: a\rb', ': b', 'no colon', 'X-A: a\0b', ' X-A: b'])
      await expect502(`HTTP/1.1 200 OK\r\n${line}\r\nContent-Length: 0\r\n\r\n`);
    await expectNextUnharmed();
  });

  it('U16 survives and strips Trailer', async () => {
    for (const bytes of [
      'HTTP/1.1 200 OK\r\nTrailer: X-A\r\nContent-Length: 4\r\n\r\nnext',
      'HTTP/1.1 200 OK\r\nTrailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnext\r\n0\r\nX-A: b\r\nX-Org-Id: org_b\r\n\r\n',
    ]) {
      answerWith(bytes);
      const outcome = await get();
      expect(outcome.answers.map(({ status, body }) => [status, body])).toEqual([[200, 'next']]);
      expect(outcome.bytes).not.toMatch(/trailer|x-a:|org_b/i);
    }
    answerWith('HTTP/1.1 200 OK\r\nTrailer: X-A\r\n\r\nuntil the end', 'close');
    expect((await get()).answers.map(({ body }) => body)).toEqual(['until the end']);
  });

  it('U17 replaces fields that an upstream sets in the gateway’s name', async () => {
    const fields = [
      'X-RateLimit-Limit: 1',
      'X-RateLimit-Remaining: 0',
      'RateLimit: "x";r=0',
      'Set-Cookie: a=b',
      'Server: nginx',
      'X-Powered-By: PHP',
      'X-Request-Id: inner-request',
      'X-Error-Code: invalid_key',
    ];
    answerWith(`HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\nContent-Length: 4\r\n\r\nnext`);
    const [answer] = (await get()).answers;
    if (answer === undefined) throw new Error('no answer');
    expect(fieldOf(answer, 'x-ratelimit-limit')).toBe('600');
    expect(fieldOf(answer, 'ratelimit')).toMatch(/^"standard";r=\d+;t=\d+$/);
    expect(fieldOf(answer, 'x-request-id')).not.toBe('inner-request');
    const names = answer.fields.map(([name]) => name.toLowerCase());
    expect(names.filter((name) => ['set-cookie', 'server', 'x-powered-by', 'x-error-code'].includes(name))).toEqual([]);
  });

  it('U18 forwards no fields of one hop', async () => {
    answerWith(
      'HTTP/1.1 200 OK\r\nConnection: keep-alive, x-secret\r\nX-Secret: a\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nTE: trailers\r\nContent-Length: 4\r\n\r\nnext',
    );
    const [answer] = (await get()).answers;
    const names = answer?.fields.map(([name]) => name.toLowerCase()) ?? [];
    expect(answer?.body).toBe('next');
    expect(names.filter((name) => ['x-secret', 'proxy-authenticate', 'upgrade', 'te'].includes(name))).toEqual([]);
    expect(answer && fieldOf(answer, 'connection')).toBe('close');
  });

  it('U19 passes the upstream’s own refusals, told from ours by the missing error code', async () => {
    for (const status of [401, 403, 429, 500, 503]) {
      answerWith(
        `HTTP/1.1 ${status} Odd\r\nWWW-Authenticate: Inner\r\nX-Error-Code: invalid_key\r\nContent-Length: 5\r\n\r\ninner`,
      );
      const [answer] = (await get()).answers;
      expect([answer?.status, answer?.body]).toEqual([status, 'inner']);
      expect(answer?.fields.map(([name]) => name.toLowerCase())).not.toContain('x-error-code');
    }
  });

  it('U20 passes redirects inside this API, and follows none', async () => {
    for (const [location, passed] of [
      ['http://evil.test/', undefined],
      ['//evil.test', undefined],
      [`http://127.0.0.1:${sides.upstream.port}/inner`, undefined],
      ['/elsewhere', '/elsewhere'],
      ['http://api.test/elsewhere', 'http://api.test/elsewhere'],
    ]) {
      sides.upstream.seen.length = 0;
      answerWith(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
      const [answer] = (await get()).answers;
      expect([answer?.status, answer && fieldOf(answer, 'location')]).toEqual([302, passed]);
      expect(sides.upstream.seen).toHaveLength(1);
    }
  });

  it('U21 cuts an answer off that stalls', async () => {
    await expectCutOff('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', 'stay');
    await expectLeft();
  });

  it('U22 answers 503 at once over the upstream’s capacity, without a queue and without trying again', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    sides.upstream.respondWith((_request, socket) => {
      void released.then(() => socket.writable && socket.write(ok));
      return undefined;
    });
    const gateway = await startGateway({ upstreamUrl: sides.upstream.url, limits: { requestsInProgressMax: 4_096 } });
    const keys = Array.from({ length: 4 }, () => gateway.issueKey().authorization);
    const statuses = new Map<number, number>();
    const capacity = 1_024;
    const over = 100;
    const all = Array.from({ length: capacity + over }, async (_, n) => {
      const response = await fetch(`${gateway.url}${sites}`, {
        headers: { authorization: keys[n % keys.length] ?? '' },
      });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 503) {
        expect(await response.text()).toBe('{"error":"Service temporarily unavailable"}');
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      } else await response.text();
    });
    await waitFor(() => statuses.get(503) === over, { deadlineMs: 20_000, what: 'the refusals' });
    await waitFor(() => sides.upstream.seen.length >= capacity, { deadlineMs: 20_000, what: 'the others upstream' });
    release();
    await Promise.all(all);
    expect(Object.fromEntries(statuses)).toEqual({ 200: capacity, 503: over });
    expect(sides.upstream.seen).toHaveLength(capacity);
    await gateway.stop();
  });

  it.each([
    ['a bare line feed in a field', 'X-A: a\nX-Injected: 1', 502],
    ['a bare carriage return in a field', 'X-A: a\rX-Injected: 1', 502],
    ['a folded field', 'X-A: a\r\n X-Injected: 1', 502],
    ['a NUL in front of a line end', 'X-A: a\0\r\nX-B: 1', 502],
    ['line ends in a field’s name', 'X-A\r\n\r\nHTTP/1.1 200 OK: a', 502],
    ['encoded line ends in a redirect', 'Location: /a%0d%0aX-Injected:%201', 200],
    ['a second status line as a field', 'HTTP/1.1 200 OK', 502],
    ['characters that some take for line ends', 'X-A: a\xc4\x8d\xc4\x8aX-Injected: 1', 200],
  ] as const)('S26 lets no upstream turn one answer into two: %s', async (_what, line, status) => {
    answerWith(`HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\n${line}\r\nContent-Length: 4\r\n\r\nnext`);
    const { answers, rest } = await get();
    expect([answers.map((answer) => answer.status), rest]).toEqual([[status], '']);
    expect(answers[0]?.fields.filter(([name]) => /^x-injected$/i.test(name))).toEqual([]);
    if (status === 502) expectRefused(await get(), 'upstream_unreachable');
    await expectNextUnharmed();
  });

  it('S26 forwards a body that looks like an answer only as a body', async () => {
    const inner = 'HTTP/1.1 200 OK\r\nX-Injected: 1\r\nContent-Length: 6\r\n\r\npoison';
    const { authorization } = sides.gateway.issueKey();
    for (const framing of [
      `Content-Length: ${inner.length}\r\n\r\n${inner}`,
      `Transfer-Encoding: chunked\r\n\r\n${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`,
    ]) {
      answerWith(`HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\n${framing}`);
      const requests = sides.head({ authorization, connection: null }) + sides.head({ authorization });
      const { answers, rest } = await sides.send(requests);
      expect([answers.map(({ status, body }) => [status, body]), rest]).toEqual([
        [
          [200, inner],
          [200, inner],
        ],
        '',
      ]);
      await expectNextUnharmed();
    }
  });

  it('identifies each answer’s sender, so that the tests above can be trusted', async () => {
    sides.upstream.respondWith(() => ok);
    await get();
    expect(sides.upstream.seen.map((request) => seenField(request, 'x-org-id').join())).toEqual(['org_a']);
  });
});
