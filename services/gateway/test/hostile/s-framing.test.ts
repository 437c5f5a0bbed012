import { connect } from 'node:net';
import { fieldOf, parseAnswers } from '@engagetrack/hostile-input';
import { waitFor } from '@engagetrack/test-ground/stores';
import { describe, expect, it } from '@jest/globals';
import {
  annotations,
  expectClean,
  expectForwarded,
  expectProblem,
  expectRefused,
  sites,
  useThreeSides,
} from './three-sides.ts';

const deadlineMs = 20_000;
const ok = 'HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: 0\r\n\r\n';

describe('S: framing and smuggling', () => {
  const sides = useThreeSides();

  const chunked = 'Transfer-Encoding: chunked';
  const post = (...lines: readonly string[]) => sides.head({ method: 'POST', target: annotations, lines });
  const whole = () => sides.upstream.seen.filter(({ complete }) => complete);
  const refuseFramings = async (...framings: readonly (readonly string[])[]) => {
    for (const lines of framings) {
      expectRefused(await sides.send(`${post(...lines)}0\r\n\r\n`), 'bad_request');
      expectRefused(await sides.send(`${post(...lines)}5\r\nhello\r\n0\r\n\r\n`), 'bad_request');
    }
    expect(sides.upstream.seen).toEqual([]);
  };
  const refuseBodies = async (...bodies: readonly string[]) => {
    for (const body of bodies) expectRefused(await sides.send(post(chunked) + body), 'bad_request');
    expect(whole()).toEqual([]);
  };

  it('S01 refuses both framings', () =>
    refuseFramings(['Content-Length: 5', chunked], [chunked, 'Content-Length: 5'], [chunked, 'Content-Length: 0']));

  it('S02 refuses any other list of codings', () =>
    refuseFramings(
      ...[[chunked, chunked], ['Transfer-Encoding: chunked, identity'], ['Transfer-Encoding: identity']],
      ...[
        ['Transfer-Encoding: chunked, chunked'],
        ['Transfer-Encoding: identity, chunked'],
        [chunked, 'Transfer-Encoding: identity'],
      ],
    ));

  it('S03 refuses an empty coding beside chunked', () =>
    refuseFramings(
      ['Transfer-Encoding: ,chunked'],
      ['Transfer-Encoding: chunked,'],
      ['Transfer-Encoding: , chunked'],
      ['Transfer-Encoding:'],
    ));

  it('S04 refuses another coding beside chunked', () =>
    refuseFramings(
      ['Transfer-Encoding: gzip, chunked'],
      ['Transfer-Encoding: deflate,chunked'],
      ['Transfer-Encoding: gzip'],
    ));

  it('S05 refuses what only resembles chunked, and takes other cases and blanks', async () => {
    await refuseFramings(
      ...[
        'xchunked',
        '\x0bchunked',
        '\x0cchunked',
        '"chunked"',
        'chunked;q=1',
        'chunk',
        'chunkedd',
        'chun ked',
        'chunked\x0b',
        'chunked;',
        "'chunked'",
        '\xa0chunked',
        'ch\0unked',
        'chunked\t',
      ].map((coding) => [`Transfer-Encoding: ${coding}`]),
    );
    for (const coding of ['Chunked', 'CHUNKED', '  chunked', 'chunked ']) {
      expectForwarded(await sides.send(`${post(`Transfer-Encoding: ${coding}`)}5\r\nhello\r\n0\r\n\r\n`));
      expect(whole().at(-1)?.body).toBe('hello');
      for (const request of sides.upstream.seen) expectClean(request, sides.key);
    }
  });

  it('S06 refuses field lines that only resemble Transfer-Encoding', () =>
    refuseFramings(
      ...[
        'Transfer-Encoding : chunked',
        'Transfer Encoding: chunked',
        'X: y\rTransfer-Encoding: chunked',
        'Transf\xe9r-Encoding: chunked',
        'Transfer-Encoding\0: chunked',
        'Transfer-Encoding\n: chunked',
        ' Transfer-Encoding: chunked',
        '\tTransfer-Encoding: chunked',
      ].map((line) => [line]),
    ));

  it('S06 takes other names for fields without a meaning, so what follows is another request', async () => {
    for (const line of ['Transfer_Encoding: chunked', 'Transfer.Encoding: chunked', 'Content_Length: 5']) {
      sides.upstream.seen.length = 0;
      const head = sides.head({ method: 'POST', target: annotations, connection: null, lines: [line] });
      const outcome = await sides.send(head + sides.head({ authorization: null }));
      expect(outcome.answers.map(({ status }) => status)).toEqual([200, 401]);
      expect(whole().map(({ body }) => body)).toEqual(['']);
      for (const request of whole()) expectClean(request, sides.key);
    }
  });

  it('S07 refuses chunks in HTTP/1.0', async () => {
    const head = sides.head({ method: 'POST', target: annotations, version: 'HTTP/1.0', lines: [chunked] });
    expectRefused(await sides.send(`${head}5\r\nhello\r\n0\r\n\r\n`), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('S08 wants one length, in digits', async () => {
    const lengths = [
      '1, 1',
      '01',
      '00',
      '+1',
      '-1',
      '0x1',
      '1_0',
      '1Z',
      '',
      '1 1',
      '1.0',
      '1e1',
      '9'.repeat(20),
      '9223372036854775808',
      '18446744073709551617',
      '\x0b1',
      '1\x0b',
      '"1"',
      'NaN',
      '１',
    ];
    for (const length of lengths)
      expectRefused(await sides.send(`${post(`Content-Length: ${length}`)}a`), 'bad_request');
    expectRefused(await sides.send(`${post('Content-Length: 1', 'Content-Length: 1')}a`), 'bad_request');
    expectRefused(await sides.send(`${post('Content-Length: 1', 'Content-Length: 2')}ab`), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
    expectForwarded(await sides.send(`${post('Content-Length:  1 \t')}a`));
    expect(whole().map(({ body }) => body)).toEqual(['a']);
  });

  it('S09 gives up a body that ends too early, here and at the upstream', async () => {
    // Connections that are kept for the next request do not count.
    const kept = sides.upstream.openConnections();
    expectRefused(await sides.send(`${post('Content-Length: 50')}too short`, { patienceMs: 200 }), 'bad_request');
    await waitFor(() => sides.upstream.openConnections() <= kept, { deadlineMs, what: 'the upstream to be left' });
    expect(whole()).toEqual([]);
    expect(sides.upstream.seen.every(({ body }) => body === 'too short')).toBe(true);
  });

  it('S10 treats bytes behind the declared length as another request, which needs a key of its own', async () => {
    const head = sides.head({ method: 'POST', target: annotations, connection: null, lines: ['Content-Length: 2'] });
    const outcome = await sides.send(`${head}ab${sides.head({ authorization: null })}`);
    expect(outcome.answers.map(({ status }) => status)).toEqual([200, 401]);
    expect(whole().map(({ body }) => body)).toEqual(['ab']);
    const broken = await sides.send(`${head}abcd`);
    expect(broken.answers.map(({ status }) => status)).toEqual([200, 400]);
  });

  it('S11 drops the body of a GET, which could be a request, here and towards the upstream', async () => {
    const inner = sides.head();
    const head = (method: string) =>
      sides.head({
        method,
        target: `${sites}/site_1/funnels/f`,
        connection: null,
        lines: [`Content-Length: ${inner.length}`],
      });
    for (const method of ['GET', 'DELETE']) {
      sides.upstream.seen.length = 0;
      const outcome = await sides.send(head(method) + inner + sides.head({ authorization: null }));
      expect(outcome.answers.map(({ status }) => status)).toEqual([200, 401]);
      expect(sides.upstream.seen.map(({ method: seen, body }) => [seen, body])).toEqual([[method, '']]);
      for (const request of sides.upstream.seen) expectClean(request, sides.key);
    }
  });

  it('S11 closes the connection of a body that was to be dropped and has not come', async () => {
    const inner = sides.head();
    const outcome = await sides.send([
      sides.head({ connection: null, lines: [`Content-Length: ${3 * inner.length}`] }),
      inner,
      sides.head(),
    ]);
    expect(outcome.answers.map(({ status }) => status)).toEqual([200]);
    expect(outcome.end).toBe('closed');
    expect(outcome.bytes).toMatch(/^Connection: close\r$/im);
    expect(sides.upstream.seen).toHaveLength(1);
  });

  it('S12 drops the chunks of a GET, and refuses broken ones', async () => {
    expectForwarded(await sides.send(`${sides.head({ lines: [chunked] })}5\r\nhello\r\n0\r\n\r\n`));
    expect(whole().map(({ body }) => body)).toEqual(['']);
    for (const request of whole()) expectClean(request, sides.key);
    for (const body of ['0x1\r\na\r\n0\r\n\r\n', '5\r\nhelloX0\r\n\r\n', '5\nhello\r\n0\r\n\r\n'])
      expectRefused(await sides.send(sides.head({ lines: [chunked] }) + body), 'bad_request');
  });

  it('S13 refuses malformed chunk sizes, and accepts capitals and leading zeros', async () => {
    await refuseBodies(
      ...['0x1', '1_', ' 1', '1 ', '+1', '-1', '', 'F'.repeat(17), 'g', '1,', '\t1', '1\x0b', '١'].map(
        (size) => `${size}\r\na\r\n0\r\n\r\n`,
      ),
    );
    sides.upstream.seen.length = 0;
    for (const size of ['A', `${'0'.repeat(100)}a`])
      expectForwarded(await sides.send(`${post(chunked)}${size}\r\n0123456789\r\n0\r\n\r\n`));
    expect(whole().map(({ body }) => body)).toEqual(['0123456789', '0123456789']);
  });

  it('S14 drops chunk extensions, and refuses a flood of them', async () => {
    for (const extension of [';a=b', ';a', ';a="b"', ';a=b;c=d']) {
      expectForwarded(await sides.send(`${post(chunked)}5${extension}\r\nhello\r\n0\r\n\r\n`));
      expect(whole().at(-1)?.body).toBe('hello');
    }
    sides.upstream.seen.length = 0;
    expectRefused(await sides.send(`${post(chunked)}1;${'a'.repeat(20_000)}\r\nb\r\n0\r\n\r\n`), 'payload_too_large');
    expectRefused(
      await sides.send([
        post(chunked),
        ...Array.from({ length: 200 }, () => `1;${'a'.repeat(8_000)}\r\nb\r\n`),
        '0\r\n\r\n',
      ]),
      'payload_too_large',
    );
    expect(whole()).toEqual([]);
  });

  it('S15 refuses line ends of another kind inside chunks', () =>
    refuseBodies(
      ...[
        '5\nhello\r\n0\r\n\r\n',
        '5\r\nhello\n0\r\n\r\n',
        '5\r\nhello0\r\n\r\n',
        '5\r\nhelloXX0\r\n\r\n',
        '5\r\nhello\r0\r\n\r\n',
        '5;a\rb\r\nhello\r\n0\r\n\r\n',
        '5;a\nb\r\nhello\r\n0\r\n\r\n',
      ],
      ...[
        '5\r\r\nhello\r\n0\r\n\r\n',
        '5\r\nhello\r\n0\n\n',
        '5\r\nhello\r\n0\r\nX Y:\r\n\r\n',
        '5\r\rX',
        '5\r\nhello\r\n0\r\n\rX',
        '5\rhello\r\n0\r\n\r\n',
        '6\r\nhello\r\n0\r\n\r\n',
      ],
    ));

  it('S16 gives up chunks without an end, here and at the upstream', async () => {
    const kept = sides.upstream.openConnections();
    for (const body of ['5\r\nhello\r\n', '5\r\nhel', '5\r\nhello\r\n0\r\n', '5']) {
      expectRefused(await sides.send(post(chunked) + body, { patienceMs: 200 }), 'bad_request');
      expect(whole()).toEqual([]);
    }
    await waitFor(() => sides.upstream.openConnections() <= kept, { deadlineMs, what: 'the upstream to be left' });
  });

  it('S17 drops trailers', async () => {
    for (const trailer of [
      'Authorization: Bearer x',
      'X-Org-Id: org_b',
      'X-A: b',
      'Content-Length: 5',
      'Transfer-Encoding: chunked',
      'Host: evil',
      'X_A: b',
    ]) {
      sides.upstream.seen.length = 0;
      const outcome = await sides.send(`${post(chunked)}5\r\nhello\r\n0\r\n${trailer}\r\n\r\n`);
      // The parser may refuse a framing field here; it never has an effect.
      if (outcome.answers[0]?.status === 400) expectRefused(outcome, 'bad_request');
      else {
        expectForwarded(outcome);
        expect(whole().map(({ body }) => body)).toEqual(['hello']);
        for (const request of whole()) expectClean(request, sides.key);
      }
    }
  });

  it('S18 refuses heads with other line ends', async () => {
    const head = sides.head();
    const variants = [
      head.replaceAll('\r\n', '\n'),
      head.replaceAll('\r\n', '\r'),
      head.replace('Host: api.test\r\n', 'Host: api.test\n'),
      head.replace('HTTP/1.1\r\n', 'HTTP/1.1\n'),
      head.replace('api.test', 'api\n.test'),
      ` ${head}`,
      head.replace('Host:', ' Host:'),
      `${head.slice(0, -2)}\n`,
      `\r${head}`.replace('\r', '\rX'),
    ];
    for (const bytes of variants) expectRefused(await sides.send(bytes, { patienceMs: 200 }), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
    // RFC 9112 section 2.2 asks for tolerance of one empty line; more of them cannot be read in two ways either.
    for (const blank of ['\r\n', '\r\n\r\n\r\n']) {
      sides.upstream.seen.length = 0;
      const outcome = await sides.send(blank + head);
      if (outcome.answers[0]?.status === 400) expectRefused(outcome, 'bad_request');
      else {
        expectForwarded(outcome);
        expect(whole()).toHaveLength(1);
        for (const request of whole()) expectClean(request, sides.key);
      }
    }
    expectForwarded(await sides.send(`\r\n${head}`));
  });

  it('S19 speaks HTTP/1.1, and HTTP/1.0 without surprises', async () => {
    for (const version of [
      'HTTP/1.2',
      'HTTP/2.0',
      'HTTP/3.0',
      'HTTP/0.9',
      'HTTP/01.1',
      'HTTP/1.1\t',
      'HTTP/1.10',
      'HTTP/1,1',
      'HTTP/1',
      'HTTP/',
      'http/1.1',
      'HTTP/1.1 x',
      'HTTPS/1.1',
      'HTTP /1.1',
    ])
      expectRefused(await sides.send(sides.head({ version })), 'bad_request');
    expectRefused(await sides.send(`GET ${sites}\r\n\r\n`), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
    // Protocols that node:http accepts as HTTP: refused, or forwarded in the canonical form.
    for (const version of ['RTSP/1.0', 'RTSP/1.1', 'ICE/1.0']) {
      sides.upstream.seen.length = 0;
      const outcome = await sides.send(sides.head({ version }));
      if (outcome.answers[0]?.status === 400) expectRefused(outcome, 'bad_request');
      else expect(whole().map(({ target, version: seen }) => [target, seen])).toEqual([[sites, 'HTTP/1.1']]);
    }
    expectForwarded(await sides.send(sides.head({ version: 'HTTP/1.0' })));
    expectForwarded(await sides.send(sides.head({ version: 'HTTP/1.0', host: null })));
  });

  it('S20 answers pipelined requests in their order, one at a time, and counts each', async () => {
    const { authorization } = sides.gateway.issueKey();
    const quota = 600;
    // The refusals of a key that goes on come late from the 33rd on.
    const count = quota + 32;
    let atOnce = 0;
    let atOnceMost = 0;
    sides.upstream.respondWith((request, socket) => {
      atOnce += 1;
      atOnceMost = Math.max(atOnceMost, atOnce);
      setImmediate(() => {
        atOnce -= 1;
        const body = request.target.split('=')[1] ?? '';
        socket.write(`HTTP/1.1 200 OK\r\nServer-Timing: upstream\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      });
      return undefined;
    });
    const requests = Array.from({ length: count }, (_, n) =>
      sides.head({ target: `${sites}?n=${n}`, authorization, connection: n === count - 1 ? 'close' : null }),
    );
    const outcome = await sides.send(requests.join(''), { deadlineMs: 110_000, quietMs: 30_000 });
    expect(outcome.answers.map(({ status }) => status)).toEqual(
      Array.from({ length: count }, (_, n) => (n < quota ? 200 : 429)),
    );
    const admitted = outcome.answers.slice(0, quota);
    expect(admitted.map(({ body }) => Number(body))).toEqual(Array.from({ length: quota }, (_, n) => n));
    const remaining = outcome.answers.map(({ fields }) =>
      Number(fields.find(([name]) => name === 'X-RateLimit-Remaining')?.[1]),
    );
    expect(remaining).toEqual(Array.from({ length: count }, (_, n) => Math.max(0, quota - 1 - n)));
    expect(atOnceMost).toBe(1);
    sides.upstream.respondWith(() => ok);
  });

  it('S20 answers the requests before garbage, refuses the garbage and closes', async () => {
    const outcome = await sides.send(
      `${sides.head({ connection: null })}${sides.head({ connection: null })}GARBAGE\r\n\r\n`,
    );
    expect(outcome.answers.map(({ status }) => status)).toEqual([200, 200, 400]);
    const last = outcome.answers.at(-1);
    if (last !== undefined) expectProblem(last, 'bad_request');
    expect(outcome.end).toBe('closed');
    expect(whole()).toHaveLength(2);
  });

  it('S20 ignores all bytes behind a refusal that closes the connection', async () => {
    const outcome = await sides.send(sides.head({ target: '//', connection: null }) + sides.head());
    expectRefused(outcome, 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
  });

  it('S20 reads only a little ahead while answers are due', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    sides.upstream.respondWith((_request, upstream) => {
      void released.then(() => upstream.writable && upstream.write(ok));
      return undefined;
    });
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    let answers = 0;
    socket.setEncoding('latin1').on('data', (text: string) => {
      answers += text.match(/HTTP\/1\.1 /g)?.length ?? 0;
    });
    const piece = sides.head({ authorization: null, connection: null }).repeat(400);
    const takenAheadMax = 1_024;
    // Far more than the sockets of both sides can hold.
    const piecesMax = 500;
    let pieces = 0;
    const flood = (): void => {
      pieces += 1;
      if (pieces < piecesMax && socket.writable) socket.write(piece, flood);
    };
    socket.write(sides.head({ authorization: sides.gateway.issueKey().authorization, connection: null }), flood);
    let before = 0;
    let unchanged = 0;
    await waitFor(
      () => {
        unchanged = sides.upstream.seen.length > 0 && pieces === before ? unchanged + 1 : 0;
        before = pieces;
        return unchanged > 50;
      },
      { deadlineMs, what: 'the gateway to read no more' },
    );
    expect(pieces).toBeLessThan(piecesMax / 2);
    expect(sides.upstream.seen).toHaveLength(1);
    // It continues to read while it answers, in total more than it may read ahead.
    release();
    await waitFor(() => answers > takenAheadMax, { deadlineMs, what: 'the gateway to read on' });
    socket.destroy();
    sides.upstream.respondWith(() => ok);
  });

  it('S21 judges each pipelined request by its own key', async () => {
    const revoked = sides.gateway.issueKey();
    await sides.send(sides.head({ authorization: revoked.authorization }));
    await sides.gateway.markRevoked(revoked.keyId);
    sides.upstream.seen.length = 0;
    const outcome = await sides.send(
      sides.head({ connection: null }) +
        sides.head({ connection: null, authorization: null }) +
        sides.head({ authorization: revoked.authorization }),
    );
    expect(outcome.answers.map(({ status }) => status)).toEqual([200, 401, 401]);
    expect(sides.upstream.seen).toHaveLength(1);
  });

  it('S22 ignores bytes behind a request that closes the connection, and answers it', async () => {
    for (const tail of ['GARBAGE', sides.head(), '\0'.repeat(5_000), '\r\n\r\n']) {
      sides.upstream.seen.length = 0;
      const outcome = await sides.send(sides.head() + tail);
      expectForwarded(outcome);
      expect(outcome.rest).toBe('');
      expect(sides.upstream.seen).toHaveLength(1);
    }
  });

  it('S23 refuses to upgrade, with and without bytes behind it', async () => {
    for (const protocol of ['websocket', 'h2', 'HTTP/2.0', 'TLS/1.0', 'h2c, websocket', 'IRC/6.9', ''])
      for (const [lines, tail] of [
        [[], ''],
        [['Content-Length: 5'], 'hello'],
        [[chunked], '0\r\n\r\n'],
        [[], sides.head()],
      ] as const)
        for (const method of ['GET', 'POST'])
          expectRefused(
            await sides.send(
              sides.head({
                method,
                target: annotations,
                connection: 'Upgrade',
                lines: [`Upgrade: ${protocol}`, ...lines],
              }) + tail,
            ),
            'bad_request',
          );
    expect(sides.upstream.seen).toEqual([]);
  });

  it('S23 ignores an offer of h2c, and refuses one with bytes behind it', async () => {
    const offer = {
      connection: 'Upgrade, HTTP2-Settings',
      lines: ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
    };
    for (const tail of [sides.head(), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'x'])
      expectRefused(await sides.send(sides.head(offer) + tail), 'bad_request');
    expect(sides.upstream.seen).toEqual([]);
    expect(await statusesInTurn([sides.head(offer), sides.head(offer), sides.head()])).toEqual([200, 200, 200]);
    for (const request of sides.upstream.seen) expectClean(request, sides.key);
  });

  it('S23 serves an offer of h2c with a body over HTTP/1.1, and ends the connection behind the answer', async () => {
    const offer = (...lines: readonly string[]) =>
      sides.head({
        method: 'POST',
        target: annotations,
        connection: 'Upgrade, HTTP2-Settings',
        lines: ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__', ...lines],
      });
    const half = sides.head().slice(0, 20);
    for (const [framing, body] of [
      ['Content-Length: 5', 'hello'],
      [chunked, '5\r\nhello\r\n0\r\n\r\n'],
    ] as const)
      for (const pieces of [
        [offer(framing) + body],
        [offer(framing), body],
        [offer(framing) + body.slice(0, 2), body.slice(2)],
        // What stands behind the body never becomes a request.
        [offer(framing) + body + sides.head()],
        [offer(framing) + body + half, sides.head().slice(20)],
        [offer(framing), body + sides.head(), sides.head()],
      ]) {
        sides.upstream.seen.length = 0;
        const outcome = await sides.send(pieces);
        const answer = expectForwarded(outcome);
        expect([fieldOf(answer, 'connection')?.toLowerCase(), outcome.end]).toEqual(['close', 'closed']);
        expect(sides.upstream.seen.map(({ body: seen }) => seen)).toEqual(['hello']);
        for (const request of sides.upstream.seen) expectClean(request, sides.key);
      }
  });

  /** Sends each request when the answer to the one before it is complete, all on one connection. */
  async function statusesInTurn(requests: readonly string[]): Promise<number[]> {
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1', noDelay: true });
    let bytes = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
    });
    const statuses = () => parseAnswers(bytes).answers.map(({ status }) => status);
    try {
      for (const [index, request] of requests.entries()) {
        socket.write(request, 'latin1');
        await waitFor(() => statuses().length === index + 1, { deadlineMs, what: `answer ${index + 1}` });
      }
      return statuses();
    } finally {
      socket.destroy();
    }
  }

  it('S24 ends a connection whose request is answered before its body has come', async () => {
    const outcome = await sides.send([
      sides.head({
        method: 'POST',
        target: annotations,
        authorization: null,
        connection: null,
        lines: ['Content-Length: 500'],
      }),
      sides.head().padEnd(500, 'x'),
      sides.head(),
    ]);
    expectRefused(outcome, 'invalid_key');
    expect(outcome.bytes).toMatch(/^Connection: close\r$/m);
    expect(sides.upstream.seen).toEqual([]);
  });

  it('S25 never takes a body that comes late for a request', async () => {
    const inner = sides.head();
    const head = sides.head({
      method: 'POST',
      target: annotations,
      authorization: null,
      connection: null,
      lines: [`Content-Length: ${inner.length}`],
    });
    const socket = connect({ port: sides.gateway.port, host: '127.0.0.1', allowHalfOpen: true });
    let bytes = '';
    socket.on('error', () => {});
    socket.setEncoding('latin1').on('data', (text: string) => {
      bytes += text;
    });
    socket.write(head);
    await waitFor(() => parseAnswers(bytes).answers.length > 0, { deadlineMs, what: 'the refusal' });
    // The body comes now, and is a complete request with another caller's key.
    socket.end(inner);
    await waitFor(() => socket.closed, { deadlineMs, what: 'the connection to be closed' });
    expect(parseAnswers(bytes).answers.map(({ status }) => status)).toEqual([401]);
    expect(bytes).toMatch(/^Connection: close\r$/m);
    expect(sides.upstream.seen).toEqual([]);
  });

  it('S27 answers the same for bytes in pieces of any size', async () => {
    const body = '5\r\nhello\r\n0\r\n\r\n';
    const requests = [
      sides.head(),
      `${post('Content-Length: 5')}hello`,
      post(chunked) + body,
      sides.head({ target: '//' }),
      sides.head({ authorization: null }),
    ];
    for (const request of requests) {
      const statuses = new Set<string>();
      const whole = await sides.send(request);
      const bytewise = await sides.send([...request], { deadlineMs: 20_000 });
      for (const outcome of [whole, bytewise])
        statuses.add(outcome.answers.map(({ status, body: text }) => `${status} ${text}`).join());
      expect([...statuses]).toHaveLength(1);
    }
  });

  it('S27 answers the same for bytes cut in two at any position', async () => {
    const body = '5\r\nhello\r\n0\r\n\r\n';
    const shapes = [
      () => sides.head(),
      () => `${post('Content-Length: 5')}hello`,
      () => post(chunked) + body,
      () => sides.head({ target: '//' }),
      () => sides.head({ authorization: null }),
    ];
    for (const shape of shapes) {
      const request = shape();
      const { answers: expected } = await sides.send(request);
      const before = whole().at(-1)?.body;
      for (let at = 1; at < request.length; at += 1) {
        sides.upstream.seen.length = 0;
        const { answers } = await sides.send([request.slice(0, at), request.slice(at)]);
        expect([at, answers.map(({ status, body: text }) => [status, text])]).toEqual([
          at,
          expected.map(({ status, body: text }) => [status, text]),
        ]);
        expect(whole().map(({ body: seen }) => seen)).toEqual(expected[0]?.status === 200 ? [before] : []);
      }
      // The quota of another window.
      sides.gateway.advanceClock(60_000);
    }
  }, 120_000);
});
