import {
  annotations,
  type Expectation,
  type Family,
  type HeadOptions,
  type HostileInput,
  type InputKit,
  sites,
} from '../hostile-input.ts';
import { refused } from '../judge-target.ts';

/**
 * Versions, hosts, counts, repeated fields, upgrades and unexpected bodies: the faults that a complete head can have.
 */
export const heads: Family = {
  name: 'heads',
  weight: 6,
  *inputs(kit) {
    for (const version of versions) yield inputFor(kit, { version }, refused(400));
    for (const host of hosts) yield inputFor(kit, { host }, refused(400));
    yield inputFor(kit, { host: null }, refused(400));
    for (const name of singletons)
      for (const second of ['', 'x', '0', 'api.test'])
        yield inputFor(kit, { lines: [`${name}: ${second}`, `${name}: ${second}`] }, refused(400));
    for (const second of [`Bearer ${kit.keys.full}`, `Bearer ${kit.keys.other}`, 'Basic YTpi', ''])
      yield inputFor(kit, { lines: [`Authorization: ${second}`] }, refused(400));
    for (const count of [98, 150, 500, 1_000, 2_400]) yield inputFor(kit, { lines: fillers(count) }, refused(431));
    for (const size of [17_000, 30_000, 64_000])
      yield inputFor(kit, { lines: [`X-A: ${'a'.repeat(size)}`] }, refused(431));
    for (const upgrade of upgrades)
      for (const connection of ['Upgrade', 'upgrade, close', 'keep-alive', 'close'])
        for (const behind of ['', 'bytes behind', kit.head({ nonce: 'nobody' })])
          yield inputFor(kit, { connection, lines: [`Upgrade: ${upgrade}`] }, refused(400), behind);
    for (const behind of ['x', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', kit.head({ nonce: 'nobody' })])
      yield inputFor(
        kit,
        { connection: 'Upgrade, HTTP2-Settings', lines: ['Upgrade: h2c', 'HTTP2-Settings: AAMA'] },
        refused(400),
        behind,
      );
    for (const method of ['GET', 'HEAD', 'DELETE', 'TRACE'])
      for (const [line, body] of [
        ['Content-Length: 5', 'hello'],
        ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
        ['Transfer-Encoding: chunked', '0\r\n\r\n'],
      ] as const)
        yield { ...inputFor(kit, { method, lines: [line] }, bodyDropped(method), body), methods: [method] };
    for (const method of ['GET', 'HEAD', 'DELETE'])
      for (const behind of ['', kit.head({ nonce: 'nobody' })])
        yield {
          ...inputFor(kit, { method, connection: null, lines: ['Content-Length: 2000'] }, bodyDropped(method), behind),
          methods: [method],
        };
    for (const [line, body] of [
      ['Content-Length: 5', 'hello'],
      ['Transfer-Encoding: chunked', '5\r\nhello\r\n0\r\n\r\n'],
    ] as const)
      for (const behind of ['', 'x', kit.head({ nonce: 'nobody' })])
        yield inputFor(
          kit,
          { method: 'POST', target: annotations, connection: 'Upgrade, HTTP2-Settings', lines: ['Upgrade: h2c', line] },
          { seen: [1, 1], statuses: [200], request: { target: annotations, body: 'hello' } },
          body + behind,
        );
    yield inputFor(
      kit,
      { method: 'POST', target: annotations, version: 'HTTP/1.0', lines: ['Transfer-Encoding: chunked'] },
      refused(400),
      '5\r\nhello\r\n0\r\n\r\n',
    );
    for (;;) {
      yield early(kit);
      yield byChance(kit);
    }
  },
};

/** The sites are for GET and HEAD only. */
function bodyDropped(method: string): Expectation {
  return ['GET', 'HEAD'].includes(method)
    ? { seen: [1, 1], statuses: [200], request: { target: sites, body: '' } }
    : refused(405);
}

const versions: readonly string[] = [
  'HTTP/0.9',
  'HTTP/1.2',
  'HTTP/2.0',
  'HTTP/3.0',
  'HTTP/2',
  'HTTP/1',
  'HTTP/1.',
  'HTTP/.1',
  'HTTP/01.1',
  'HTTP/1.01',
  'HTTP/1,1',
  'http/1.1',
  'HTTP/1.1.1',
  'HTTPS/1.1',
  'HTTP 1.1',
  'HTTP/-1.1',
  'HTTP/1.1\t',
  '',
  'X',
];
const hosts: readonly string[] = [
  '',
  ' ',
  'a b',
  'a/b',
  'a?b',
  'a#b',
  'a@b',
  'u:p@a',
  'a,b',
  'a:b',
  'a:',
  'a:99999',
  'a:80:80',
  '[::1',
  '::1',
  '[::1]x',
  '[g::1]',
  'http://a',
  'a\\b',
  '%61',
  'a%00',
  'a\x7f',
  '\xe9',
  'a;b',
  '<a>',
  `${'a'.repeat(256)}`,
];
const singletons: readonly string[] = [
  'Content-Length',
  'Content-Type',
  'Content-Encoding',
  'Expect',
  'X-Request-Id',
  'traceparent',
  'Idempotency-Key',
  'Range',
  'If-Range',
  'Host',
];
const upgrades: readonly string[] = [
  'websocket',
  'h2',
  'HTTP/2.0',
  'TLS/1.0',
  'h2c, websocket',
  'websocket, h2c',
  'IRC/6.9',
  'RTA/x11',
  '',
];

function fillers(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `a${n}:`);
}

/** A request that is answered before its body has come, and a second request in place of the body. */
function early(kit: InputKit): HostileInput {
  const { random, keys } = kit;
  const nonce = kit.next();
  const inner = kit.head({ nonce: `smuggled-${nonce}` });
  const [authorization, status] = random.pick([
    [null, 401],
    ['Bearer nonsense', 401],
    [`Bearer ${keys.revoked}`, 401],
    [`Bearer ${keys.other}`, 404],
    [`Bearer ${keys.narrow}`, 403],
  ] as const);
  const lines = [
    random.pick([
      `Content-Length: ${inner.length}`,
      `Content-Length: ${inner.length + 1}`,
      'Transfer-Encoding: chunked',
      'Content-Length: 2000000',
    ]),
  ];
  const head = kit.head({ nonce, method: 'POST', target: annotations, authorization, connection: null, lines });
  return {
    nonce,
    what: `POST that is refused with ${status} and ${JSON.stringify(lines)}, then a request`,
    pieces: random.next() < 0.5 ? [head + inner] : [head, inner],
    // Malformed chunks may be noticed before any other fault.
    expects: { seen: [0, 0], statuses: [status, 400] },
  };
}

function byChance(kit: InputKit): HostileInput {
  const { random } = kit;
  const lines = Array.from({ length: Math.floor(random.next() * 5) }, () =>
    random.pick([
      ...singletons.map((name) => `${name}: a`),
      ...upgrades.map((upgrade) => `Upgrade: ${upgrade}`),
      'Expect: 100-continue',
      'Trailer: x',
      'TE: trailers',
      'Keep-Alive: 1',
    ]),
  );
  const nonce = kit.next();
  const options: HeadOptions = {
    nonce,
    lines,
    host: random.pick(['api.test', 'API.test:80', '[::1]', ...hosts]),
    version: random.pick(['HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0', ...versions]),
    connection: random.pick([
      'close',
      null,
      'keep-alive',
      'Upgrade',
      'te',
      'Upgrade, HTTP2-Settings',
      'close, close',
      ',',
      'x-org-id',
    ]),
  };
  return {
    nonce,
    what: JSON.stringify(options),
    pieces: [kit.head(options)],
    expects: { seen: [0, 1], request: { target: sites }, maySaveTheAnswer: true },
  };
}

function inputFor(kit: InputKit, options: Omit<HeadOptions, 'nonce'>, expects: Expectation, behind = ''): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: JSON.stringify({ ...options, behind }).slice(0, 400),
    pieces: [kit.head({ nonce, ...options }) + behind],
    expects,
  };
}
