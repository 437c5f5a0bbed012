import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, type IssuedKey, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;

describe('a request that two readers could take for two requests', () => {
  let gateway: GatewayHarness;
  let issued: IssuedKey;
  beforeAll(async () => {
    gateway = await startGateway();
    issued = gateway.issueKey();
  });
  afterAll(() => gateway.stop());
  afterEach(async () => {
    // The gateway is still alive and answers a plain request on a new connection.
    const answer = await gateway.api().get(sites).set('authorization', issued.authorization).set('connection', 'close');
    expect(answer.status).toBe(200);
    gateway.received.length = 0;
  });

  const send = (target: string, lines: readonly string[] = [], head = `GET ${target} HTTP/1.1`, body = '') =>
    sendRaw(
      gateway.port,
      [head, 'Host: api.test', `Authorization: ${issued.authorization}`, 'Connection: close', ...lines, '', body].join(
        '\r\n',
      ),
    );

  it.each([
    ['a dot segment', `${sites}/../x`],
    ['an encoded dot segment', `${sites}/%2e%2e/api-keys`],
    ['a doubly encoded one', `${sites}/%252e%252e/x`],
    ['an encoded slash', `${sites}%2fabc`],
    ['a backslash', `${sites}\\..\\x`],
    ['a double slash', `/api/v1//organizations/${organizationA}/sites`],
    ['a foreign authority in the path', `//evil.test${sites}`],
    ['user information in the path', `//u@evil.test:1${sites}`],
    ['a path parameter', `${sites};x=1`],
    ['a trailing slash', `${sites}/`],
    ['a trailing dot', `${sites}.`],
    ['an encoded blank', `${sites}%20`],
    ['an encoded NUL', `${sites}%00`],
    ['an over-long UTF-8 dot', '/%c0%ae%c0%ae/x'],
    ['an encoded line feed', `${sites}%0d%0aX-Org-Id:%20B`],
    ['a fragment', `${sites}#/../api-keys`],
    ['absolute form', `http://api.test${sites}`],
    ['absolute form of another host', `http://evil.test${sites}`],
    ['a file URL', 'file:///etc/passwd'],
    ['asterisk form', '*'],
    ['a segment of 129 characters', `/${'a'.repeat(129)}`],
    ['a broken percent escape in the query', `${sites}?x=%`],
    ['a backslash in the query', `${sites}?x=\\`],
    ['a hash in the query', `${sites}?x=#y`],
  ])('refuses %s before authentication', async (_what, target) => {
    const before = gateway.introspections();
    const answer = await send(target);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\r\n\r\n\{"error":"Bad request"\}$/);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(answer).toMatch(/^X-Error-Code: bad_request\r$/m);
    expect(answer).toMatch(/^X-Request-Id: [0-9a-f-]{36}\r$/m);
    expect(gateway.received).toEqual([]);
    expect(gateway.introspections()).toBe(before);
  });

  it.each([
    ['two Authorization fields', ['Authorization: Bearer et_live_00000000000000000000000000000000']],
    ['two Host fields', ['Host: other.test']],
    ['a Connection field that names another', ['Connection: close, x-org-id']],
    ['a coding beside chunked', ['Transfer-Encoding: gzip, chunked'], '0\r\n\r\n'],
    ['an empty coding beside chunked', ['Transfer-Encoding: ,chunked'], '0\r\n\r\n'],
    ['Content-Length beside Transfer-Encoding', ['Content-Length: 5', 'Transfer-Encoding: chunked'], '0\r\n\r\n'],
    ['two Content-Length fields', ['Content-Length: 0', 'Content-Length: 0']],
    [
      'an upgrade to websocket',
      ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: AAAA', 'Sec-WebSocket-Version: 13'],
    ],
    ['a blank before the colon', ['X-A : b']],
  ])('refuses %s', async (_what, lines, body = '') => {
    const answer = await send(sites, lines, undefined, body);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\{"error":"Bad request"\}$/);
    expect(gateway.received).toEqual([]);
  });

  it.each([
    ['no Host', `GET ${sites} HTTP/1.1\r\n\r\n`],
    ['an empty Host', `GET ${sites} HTTP/1.1\r\nHost:\r\n\r\n`],
    ['a Host with a path', `GET ${sites} HTTP/1.1\r\nHost: a/b?c@d\r\n\r\n`],
    ['a port beyond 65535', `GET ${sites} HTTP/1.1\r\nHost: api.test:99999\r\n\r\n`],
    ['another protocol version', `GET ${sites} HTTP/2.0\r\nHost: api.test\r\n\r\n`],
    ['transfer coding in HTTP/1.0', `POST ${sites} HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['CONNECT', 'CONNECT evil.test:80 HTTP/1.1\r\nHost: evil.test\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00\x01\x00\r\n\r\n'],
  ])('refuses %s', async (_what, bytes) => {
    const answer = await sendRaw(gateway.port, bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/\{"error":"Bad request"\}$/);
    expect(gateway.received).toEqual([]);
  });

  it('answers 414 for an over-long target and 431 for an over-long head or too many fields', async () => {
    expect(await send(`/${'a/'.repeat(1_024)}b`)).toMatch(/^HTTP\/1\.1 414 .*\{"error":"URI too long"\}$/s);
    expect(await send(`${sites}?${'q'.repeat(4_097)}`)).toMatch(/^HTTP\/1\.1 414 /);
    expect(await send(`/${'a'.repeat(20_000)}`)).toMatch(
      /^HTTP\/1\.1 431 .*\{"error":"Request header fields too large"\}$/s,
    );
    expect(
      await send(
        sites,
        Array.from({ length: 101 }, (_, i) => `X-${i}: 1`),
      ),
    ).toMatch(/^HTTP\/1\.1 431 /);
    expect(gateway.received).toEqual([]);
  });

  it('lets Trailer, TE, an offer of h2c and odd but harmless field names pass without forwarding them', async () => {
    const answers = [
      await send(sites, [
        'Trailer: x',
        'TE: trailers',
        'constructor: y',
        'X_Org_Id: org_b',
        'x.org.id: org_b',
        '__proto__: z'.replace('__proto__', 'hasOwnProperty'),
      ]),
      await send(sites, ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']),
      await send(sites, ['Expect: 100-continue', 'X-Org-Id: org_b']),
    ];
    for (const answer of answers) expect(answer).toContain('HTTP/1.1 200 OK\r\n');
    expect(gateway.received).toHaveLength(3);
    for (const { headers } of gateway.received) {
      expect(headers['x-org-id']).toBe(organizationA);
      for (const name of ['trailer', 'te', 'upgrade', 'http2-settings', 'expect', 'constructor', 'authorization'])
        expect(Object.keys(headers)).not.toContain(name);
    }
  });

  it('judges each request of a connection alone', async () => {
    const good = `GET ${sites} HTTP/1.1\r\nHost: a\r\nAuthorization: ${issued.authorization}\r\n\r\n`;
    const bare = `GET ${sites} HTTP/1.1\r\nHost: a\r\n\r\n`;
    const last = `GET ${sites} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const answer = await sendRaw(gateway.port, good + bare + good + last);
    expect([...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status)).toEqual([
      '200',
      '401',
      '200',
      '401',
    ]);
  });
});
