import { connect } from 'node:net';
import { fieldOf } from '@engagetrack/hostile-input';
import { inParallel } from '@engagetrack/test-ground';
import { expect, it } from '@jest/globals';
import { anything, deadlineMs, describeContract, patient, stream, thenEnd } from './contract.ts';
import { expectRefused } from './hostile/three-sides.ts';

const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
const big = bytes.repeat(2_048);
const atOnceMax = 24;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describeContract('an answer', ({ sides, ask, send }) => {
  it.each([
    ['by its length', `HTTP/1.1 200 OK\r\nContent-Length: ${big.length}\r\n\r\n${big}`],
    [
      'in chunks',
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n${big[0]}\r\n${(big.length - 1).toString(16)}\r\n${big.slice(1)}\r\n0\r\n\r\n`,
    ],
    ['until the end of its connection', `HTTP/1.1 200 OK\r\n\r\n${big}`],
    ['of HTTP/1.0', `HTTP/1.0 200 OK\r\n\r\n${big}`],
  ])('comes byte for byte, %s', async (_how, answer) => {
    const { answers, rest } = await ask(thenEnd(answer, 'FIN'));
    expect([answers.map(({ status }) => status), answers[0]?.body === big, rest]).toEqual([[200], true, '']);
  });

  it.each([200, 201, 202, 206, 300, 302, 400, 401, 403, 404, 409, 418, 429, 500, 503, 599])(
    'of status %s passes',
    async (status) => {
      const { answers } = await ask(`HTTP/1.1 ${status} Odd\r\nContent-Length: 2\r\n\r\nok`);
      expect(answers.map((answer) => [answer.status, answer.body])).toEqual([[status, 'ok']]);
    },
  );

  it('has the bytes of its fields as they came: no byte becomes another', async () => {
    const fields = ['Content-Disposition', 'ETag', 'Link', 'Content-Language', 'Location'];
    const cases = fields.flatMap((name) => Array.from({ length: 256 }, (_, byte) => [name, byte] as const));
    sides().upstream.respondWith(({ target }) => {
      const [, name, byte] = /field=([A-Za-z-]+)&byte=(\d+)/.exec(target) ?? [];
      const value = `/a${String.fromCharCode(Number(byte))}b`;
      return `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n${name}: ${value}\r\n\r\nok`;
    });
    const unlike: string[] = [];
    await inParallel(cases, atOnceMax, async ([name, byte]) => {
      const target = `${anything}?field=${name}&byte=${byte}`;
      const { answers, rest } = await send(sides().head({ target }));
      const [answer] = answers;
      const isText = byte === 9 || (byte >= 32 && byte !== 127);
      const isSame = answer?.status === 200 && fieldOf(answer, name) === `/a${String.fromCharCode(byte)}b`;
      if ((isText ? !isSame : answer?.status !== 502) || rest !== '' || answers.length !== 1)
        unlike.push(`${name} ${byte}: ${answer?.status} ${answer && fieldOf(answer, name)}`);
    });
    expect(unlike).toEqual([]);
  });

  it.each(['Übersicht.csv', '报告.csv', 'měsíční počet.csv', 'xčĊSet-Cookie: session=attackerčĊX-Injected: yes'])(
    'has a raw UTF-8 file name behind its length: %s',
    async (name) => {
      const value = Buffer.from(`attachment; filename="${name}"`).toString('latin1');
      const head = `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Disposition: ${value}\r\n\r\n`;
      // In one packet, and in two.
      for (const delayMs of [undefined, 20]) {
        const { answers, bytes } = await ask((_request, socket) => {
          if (delayMs === undefined) return `${head}ok`;
          socket.write(head, 'latin1', () => setTimeout(() => socket.write('ok'), delayMs));
          return undefined;
        });
        expect(answers.map((answer) => fieldOf(answer, 'content-disposition'))).toEqual([value]);
        expect(bytes).not.toMatch(/\r(?!\n)|[^\r]\n|\n(?:set-cookie|x-injected)/i);
      }
    },
  );

  it.each([
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['204 with a length', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n'],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n'],
    ['304 with a length', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n'],
    ['304 in chunks', 'GET', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n'],
    ['to HEAD, in chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['to HEAD, until the end', 'HEAD', 'HTTP/1.1 200 OK\r\n\r\n'],
    ['404 to HEAD', 'HEAD', 'HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n'],
  ])('without a body is whole with its head and ignores later bytes: %s', async (_what, method, head) => {
    const status = Number(head.slice(9, 12));
    const poison = 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison';
    for (const stray of ['', 'hello', '9\r\nhello you\r\n0\r\n\r\n', poison, '\0\x01\x02']) {
      for (const later of [false, true]) {
        const outcome = await ask(
          (_request, socket) => {
            if (!later) return head + stray;
            socket.write(head, () => setTimeout(() => socket.writable && socket.write(stray), 5));
            return undefined;
          },
          { method, target: patient },
        );
        expect([stray, later, outcome.answers.map((answer) => answer.status)]).toEqual([stray, later, [status]]);
        // Not `hung`: at once, and not when the upstream has been silent for its time.
        expect([outcome.rest, outcome.end]).toEqual(['', 'closed']);
      }
    }
    const { answers } = await ask(ok);
    expect(answers.map((answer) => [answer.status, answer.body])).toEqual([[200, 'ok']]);
  });

  it('loses interim answers and trailers', async () => {
    const { answers, bytes } = await ask(
      'HTTP/1.1 103 Early Hints\r\nLink: </inner>\r\n\r\nHTTP/1.1 200 OK\r\nTrailer: X-A\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-A: b\r\nETag: "x"\r\n\r\n',
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual([[200, 'ok']]);
    expect(bytes).not.toMatch(/ 103 |inner|x-a|etag|trailer/i);
  });

  it('after more interim answers than ten is refused', async () => {
    const interim = 'HTTP/1.1 103 Early Hints\r\n\r\n';
    expect((await ask(interim.repeat(10) + ok)).answers[0]?.status).toBe(200);
    expectRefused(await ask(interim.repeat(11) + ok), 'upstream_unreachable');
  });

  it('to an upgrade that nobody asked for is refused', async () => {
    expectRefused(
      await ask('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nbytes'),
      'upstream_unreachable',
    );
  });

  it('has no field of its hop, none that is not listed, and what its row lets pass', async () => {
    const fields =
      'Connection: keep-alive, ETag\r\nETag: "x"\r\nKeep-Alive: timeout=9\r\nProxy-Authenticate: a\r\nTE: a\r\nUpgrade: h2c\r\nServer: a\r\nSet-Cookie: a=b\r\nX-Total: 7\r\nX-Other: 8\r\nX-Error-Code: a\r\n';
    const { answers } = await ask(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 2\r\n\r\nok`, { target: stream });
    const names = answers[0]?.fields
      .map(([name]) => name.toLowerCase())
      .filter((name) => !/rate|^x-request/.test(name));
    expect(names?.sort()).toEqual(['connection', 'content-length', 'date', 'vary', 'x-total']);
    expect(answers[0] && fieldOf(answers[0], 'connection')).toBe('close');
  });

  it('keeps a caller’s connection, and closes one of HTTP/1.0 behind a body without a length', async () => {
    sides().upstream.respondWith(() => 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
    const two = sides().head({ connection: null }) + sides().head();
    const { answers } = await send(two);
    expect(answers.map((answer) => [answer.body, fieldOf(answer, 'connection')])).toEqual([
      ['ok', 'keep-alive'],
      ['ok', 'close'],
    ]);
    const old = await send(sides().head({ version: 'HTTP/1.0', connection: 'keep-alive' }));
    expect(old.bytes).toMatch(/^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*connection: close\r\n(?:.*\r\n)*\r\nok$/i);
  });

  it('begins with its head at once, also when its body is late', async () => {
    const outcome = new Promise<number>((resolve) => {
      sides().upstream.respondWith((_request, socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n');
        return undefined;
      });
      const socket = connect(sides().gateway.port, '127.0.0.1', () => socket.write(sides().head({ target: patient })));
      const startedAtMs = performance.now();
      socket.once('data', () => {
        resolve(performance.now() - startedAtMs);
        socket.destroy();
      });
    });
    expect(await outcome).toBeLessThan(deadlineMs);
  });
});
