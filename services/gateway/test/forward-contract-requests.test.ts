import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type SeenRequest, seenField } from '@engagetrack/hostile-input';
import { inParallel } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { anything, deadlineMs, describeContract, organization, stream, timeoutMs } from './contract.ts';
import { startGateway } from './harness.ts';
import { expectRefused } from './hostile/three-sides.ts';

const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('');
const big = bytes.repeat(2_048);
const atOnceMax = 24;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

describeContract('a request', ({ sides, ask, send, routesFile }) => {
  let sockets: Socket[] = [];
  beforeEach(() => {
    sides().upstream.seen.length = 0;
    sides().upstream.respondWith(() => ok);
    sides().gateway.logLines.length = 0;
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });
  /** A connection of a caller, and what has come on it. */
  const open = async ({ port = sides().gateway.port, allowHalfOpen = false } = {}) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
    sockets.push(socket);
    let received = '';
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
    });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return { socket, received: () => received };
  };
  const only = (): SeenRequest => {
    const [request, ...more] = sides().upstream.seen;
    if (request === undefined || more.length > 0) throw new Error(`${sides().upstream.seen.length} requests upstream`);
    return request;
  };
  /** Waits for the log line of the only request since the test began. */
  const logLine = () =>
    waitFor(
      () => {
        const text = sides().gateway.logLines.find((line) => line.includes('"at":"request"'));
        return text === undefined ? undefined : JSON.parse(text);
      },
      { deadlineMs, what: 'the log line' },
    );

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])('of %s arrives as it is', async (method) => {
    const target = `${anything}?a=%C3%BC&b=1,2;c`;
    const answer = method === 'HEAD' ? ok.slice(0, -2) : ok;
    const { answers } = await ask(answer, { method, target });
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect([only().method, only().target, only().body, only().complete]).toEqual([method, target, '', true]);
    const length = method === 'GET' || method === 'HEAD' ? [] : ['0'];
    // RFC 9110 section 8.6: a DELETE without a body needs no length.
    if (method !== 'DELETE') expect(seenField(only(), 'content-length')).toEqual(length);
  });

  it.each<[string, string[], string]>([
    ['by its length', [`Content-Length: ${big.length}`], big],
    [
      'in chunks',
      ['Transfer-Encoding: chunked'],
      `1\r\n${big[0]}\r\n${(big.length - 1).toString(16)}\r\n${big.slice(1)}\r\n0\r\nX-Trailer: x\r\n\r\n`,
    ],
  ])('has its body byte for byte, %s', async (_how, lines, body) => {
    const { answers } = await ask(ok, { method: 'PUT', lines }, body);
    expect(answers.map(({ status }) => status)).toEqual([200]);
    expect([only().body === big, only().complete]).toEqual([true, true]);
    expect(only().fields.map(([name]) => name.toLowerCase())).not.toContain('x-trailer');
  });

  it('in chunks without content arrives without content', async () => {
    await ask(ok, { method: 'PUT', lines: ['Transfer-Encoding: chunked'] }, '0\r\n\r\n');
    expect([only().body, only().complete]).toEqual(['', true]);
  });

  it('has the bytes of its fields as they came', async () => {
    const fields = ['User-Agent', 'If-Match', 'Content-Disposition', 'Last-Event-ID'];
    const cases = fields.flatMap((name) => Array.from({ length: 256 }, (_, byte) => [name, byte] as const));
    const unlike: string[] = [];
    await inParallel(cases, atOnceMax, async ([name, byte]) => {
      const target = `${anything}?field=${name}&byte=${byte}`;
      const value = `a${String.fromCharCode(byte)}b`;
      const outcome = await send(sides().head({ target, lines: [`${name}: ${value}`] }));
      const [seen] = sides().upstream.seen.filter((request) => request.target === target);
      const isText = byte === 9 || (byte >= 32 && byte !== 127);
      const isRight = isText
        ? outcome.answers[0]?.status === 200 && seen !== undefined && seenField(seen, name.toLowerCase())[0] === value
        : outcome.answers[0]?.status === 400 && seen === undefined;
      if (!isRight) unlike.push(`${name} ${byte}: ${outcome.answers[0]?.status}`);
    });
    expect(unlike).toEqual([]);
  });

  it('has no field of its hop, none that is not listed, and each listed one', async () => {
    const lines = [
      'Keep-Alive: timeout=9',
      'Proxy-Authorization: a',
      'Trailer: a',
      'X-Org-Id: org_victim',
      'X-Forwarded-For: 10.9.9.9',
      'Cookie: a=b',
      'Content-Language: de',
      'Content-Range: bytes 0-1/2',
      'Content-Digest: sha-256=:AA==:',
      'Accept-Datetime: x',
      'Last-Event-ID: 41',
    ];
    await ask(ok, { lines });
    const names = only().fields.map(([name]) => name.toLowerCase());
    const made = ['connection', 'host', 'x-api-key-id', 'x-auth-scopes', 'x-auth-type', 'x-forwarded-for'];
    const more = ['x-forwarded-proto', 'x-org-id', 'x-request-id'];
    const passed = ['accept-datetime', 'content-digest', 'content-language', 'content-range', 'last-event-id'];
    expect(names.sort()).toEqual([...made, ...more, ...passed].sort());
    expect(seenField(only(), 'x-org-id')).toEqual(['org_a']);
  });

  it('that expects 100 Continue is told to go on, and arrives whole', async () => {
    const { socket, received } = await open();
    const lines = ['Expect: 100-continue', 'Content-Length: 3'];
    socket.write(sides().head({ method: 'POST', target: anything, lines }));
    await waitFor(() => received() === 'HTTP/1.1 100 Continue\r\n\r\n', { deadlineMs, what: '100 Continue' });
    socket.write('abc');
    await waitFor(() => received().endsWith('\r\n\r\nok'), { deadlineMs, what: 'the answer' });
    expect([only().body, seenField(only(), 'expect')]).toEqual(['abc', []]);
  });

  it.each([
    ['GET', ''],
    ['POST', 'abc'],
  ])('whose caller ends its side behind it gets its answer: %s', async (method, body) => {
    const { socket, received } = await open({ allowHalfOpen: true });
    const lines = body === '' ? [] : [`Content-Length: ${body.length}`];
    socket.end(sides().head({ method, target: anything, lines }) + body);
    await waitFor(() => received().endsWith('\r\n\r\nok'), { deadlineMs, what: 'the answer' });
    expect(only().body).toBe(body);
  });

  it.each(['before its answer', 'in its answer'])('whose caller leaves %s is given up upstream', async (when) => {
    let upstream: Socket | undefined;
    sides().upstream.respondWith((_request, socket) => {
      upstream = socket;
      return when === 'in its answer' ? 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok' : undefined;
    });
    const { socket, received } = await open();
    socket.write(sides().head({ target: stream }));
    await waitFor(() => upstream !== undefined, { deadlineMs, what: 'the request upstream' });
    if (when === 'in its answer') await waitFor(() => received().endsWith('ok'), { deadlineMs, what: 'its begin' });
    socket.destroy();
    await waitFor(() => upstream?.destroyed, { deadlineMs, what: 'the upstream to be left' });
    expect(await logLine()).toMatchObject({ status: 499, reason: 'abandoned' });
  });

  it('whose caller leaves in its body is given up upstream', async () => {
    const { socket } = await open();
    socket.write(sides().head({ method: 'PUT', target: anything, lines: ['Content-Length: 9'] }));
    socket.write('abc');
    await waitFor(() => sides().upstream.openConnections() > 0, { deadlineMs, what: 'the request upstream' });
    socket.destroy();
    await waitFor(() => sides().upstream.seen.some(({ complete }) => !complete), { deadlineMs, what: 'its end' });
  });

  it('that is answered before it is complete leaves its caller a connection', async () => {
    // The raw upstream reads a request to its end; this answers with the first bytes of the body.
    const early = createServer((upstream) => {
      upstream.on('error', () => undefined);
      upstream.on('data', (data) => {
        const isWhole = !String(data).startsWith('PUT');
        upstream.write(isWhole ? ok : 'HTTP/1.1 403 Odd\r\nContent-Length: 2\r\n\r\nno');
      });
    });
    await new Promise<void>((resolve) => early.listen(0, '127.0.0.1', resolve));
    const { port } = early.address() as AddressInfo;
    const gateway = await startGateway({ routesFile: routesFile(), upstreamUrl: `http://127.0.0.1:${port}` });
    const { authorization } = gateway.issueKey();
    const { socket, received } = await open({ port: gateway.port });
    const lines = ['Content-Length: 6'];
    socket.write(sides().head({ method: 'PUT', target: anything, connection: null, authorization, lines }));
    socket.write('abc');
    await waitFor(() => received().endsWith('\r\n\r\nno'), { deadlineMs, what: 'the early answer' });
    socket.write(`def${sides().head({ target: anything, authorization })}`);
    await waitFor(() => received().endsWith('\r\n\r\nok'), { deadlineMs, what: 'the next answer' });
    await gateway.stop();
    early.close();
  });

  it.each([
    ['nothing', ''],
    ['a part of a head', 'HTTP/1.1 200 OK\r\nETag'],
    ['interim answers alone', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ])('whose upstream says %s is 504', async (_what, said) => {
    expectRefused(await ask(said), 'upstream_timeout');
    expect(await logLine()).toMatchObject({ status: 504, reason: 'upstream_timeout' });
  });

  it('whose answer stalls is cut, and its log line says why', async () => {
    const outcome = await ask('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok');
    expect([outcome.answers, outcome.rest.startsWith('HTTP/1.1 200 OK\r\n')]).toEqual([[], true]);
    expect(await logLine()).toMatchObject({ status: 499, reason: 'upstream_timeout' });
  });

  it('whose answer is a stream may be answered by silence', async () => {
    const { socket, received } = await open();
    sides().upstream.respondWith((_request, upstream) => {
      upstream.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
      setTimeout(() => upstream.write('2\r\nok\r\n0\r\n\r\n'), 3 * timeoutMs);
      return undefined;
    });
    socket.write(sides().head({ target: stream }));
    await waitFor(() => received().includes('\r\n\r\n'), { deadlineMs: timeoutMs, what: 'the head' });
    expect(received()).not.toContain('ok\r\n');
    await waitFor(() => received().endsWith('2\r\nok\r\n0\r\n\r\n'), { deadlineMs, what: 'its end' });
  });

  it('with too long a body is refused while it streams', async () => {
    const chunk = `10000\r\n${'y'.repeat(0x10000)}\r\n`;
    const lines = ['Transfer-Encoding: chunked'];
    const outcome = await ask(ok, { method: 'PUT', lines }, `${chunk.repeat(17)}0\r\n\r\n`);
    expectRefused(outcome, 'payload_too_large');
    expect(sides().upstream.seen.filter(({ complete }) => complete)).toEqual([]);
  });

  it('with a broken body is 400, and arrives incomplete', async () => {
    const lines = ['Transfer-Encoding: chunked'];
    const outcome = await ask(ok, { method: 'PUT', lines }, '3\r\nabc\r\nzz\r\n');
    expectRefused(outcome, 'bad_request');
    expect(sides().upstream.seen.filter(({ complete }) => complete)).toEqual([]);
  });

  it('of a path of no row never arrives', async () => {
    expect((await ask(ok, { target: `${organization}/nothing/here/now` })).answers[0]?.status).toBe(404);
    expect(sides().upstream.seen).toEqual([]);
  });
});
