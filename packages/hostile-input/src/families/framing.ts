import {
  annotations,
  type Expectation,
  type Family,
  type HostileInput,
  type InputKit,
  sites,
} from '../hostile-input.ts';
import { refused } from '../judge-target.ts';

const chunked = 'Transfer-Encoding: chunked';
const hello = '5\r\nhello\r\n0\r\n\r\n';
const strangeBytes: readonly string[] = [
  ...[
    '\0',
    '\x01',
    '\t',
    '\n',
    '\x0b',
    '\x0c',
    '\r',
    '\x1b',
    ' ',
    '"',
    "'",
    '(',
    ')',
    ',',
    '-',
    '.',
    '/',
    ':',
    ';',
    '<',
    '=',
    '>',
    '?',
    '@',
  ],
  ...[
    '[',
    '\\',
    ']',
    '_',
    '{',
    '}',
    '\x7f',
    '\x80',
    '\x85',
    '\xa0',
    '\xad',
    '\xc0',
    '\xff',
    '\r\n',
    '\r\n ',
    '\n ',
    '\r ',
    '0',
    'x',
    'X',
    '+',
    '%',
  ],
];

/** Each has another meaning, or none, to some parser. */
const codings: readonly string[] = [
  ...[
    'gzip, chunked',
    'deflate,chunked',
    'identity',
    'chunked, identity',
    'identity, chunked',
    'chunked, chunked',
    ',chunked',
    'chunked,',
    ', chunked',
  ],
  ...[
    'xchunked',
    'chunkedx',
    '"chunked"',
    'chunked;q=1',
    'chunked; a=b',
    'chunk',
    'gzip',
    '',
    'chunked gzip',
    '\x0bchunked',
    'x chunked',
    'chunked\x0b',
  ],
];

/** Mutations of the lines and marks that end a request. */
export const framing: Family = {
  name: 'framing',
  weight: 12,
  *inputs(kit) {
    for (const coding of codings) yield withBody(kit, [`Transfer-Encoding: ${coding}`], hello, refused(400));
    // Inserts, replaces and removes one byte at every index of the field line.
    for (const line of [chunked, 'Content-Length: 5'])
      for (let at = 0; at <= line.length; at += 1) {
        for (const byte of strangeBytes) {
          yield mutated(kit, line, line.slice(0, at) + byte + line.slice(at));
          yield mutated(kit, line, line.slice(0, at) + byte + line.slice(at + 1));
        }
        yield mutated(kit, line, line.slice(0, at) + line.slice(at + 1));
      }
    for (const first of [chunked, 'Content-Length: 5', 'Content-Length: 0', 'Transfer-Encoding: identity'])
      for (const second of [
        chunked,
        'Content-Length: 5',
        'Content-Length: 6',
        'Transfer-Encoding: gzip',
        'transfer-encoding:chunked',
      ])
        yield withBody(kit, [first, second], hello, refused(400, 413));
    for (let at = 0; at <= hello.length; at += 1)
      for (const byte of strangeBytes) {
        yield chunks(kit, hello.slice(0, at) + byte + hello.slice(at));
        yield chunks(kit, hello.slice(0, at) + byte + hello.slice(at + 1));
      }
    for (;;) {
      yield byChance(kit);
      yield smuggler(kit);
    }
  },
};

/**
 * Expects success when the mutation keeps the meaning: blanks around a value, another case, an extension that is
 * dropped.
 */
function mutated(kit: InputKit, line: string, mutation: string): HostileInput {
  const isHarmless =
    !/[\r\n]/.test(mutation) &&
    mutation
      .trim()
      .replace(/:[\t ]*/, ': ')
      .toLowerCase() === line.toLowerCase();
  const body = line === chunked ? hello : 'hello';
  if (isHarmless) return withBody(kit, [mutation], body, { seen: [0, 1], request: { body: 'hello' } });
  // Another header, another length or unreadable bytes: the upstream sees at most one request, with the body of its own
  // framing.
  return withBody(kit, [mutation], body, { seen: [0, 1] });
}

function chunks(kit: InputKit, body: string): HostileInput {
  const strict = readStrictly(body);
  const expects: Expectation =
    strict === undefined
      ? { seen: [0, 0] }
      : { seen: [0, 1], request: { body: strict.text }, maySaveTheAnswer: strict.rest !== '' };
  return withBody(kit, [chunked], body, expects);
}

/** The body by the grammar of RFC 9112 section 7.1, extensions and trailers dropped; undefined when it has no end. */
function readStrictly(bytes: string): { readonly text: string; readonly rest: string } | undefined {
  let text = '';
  let at = 0;
  for (;;) {
    const line = /^([0-9A-Fa-f]{1,16})((?:[\t ]*;[\t ]*[^\r\n\0]*)?)\r\n/.exec(bytes.slice(at));
    if (line === null) return undefined;
    const size = Number.parseInt(line[1] ?? '', 16);
    const begin = at + line[0].length;
    if (size === 0) {
      const trailer = /^(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n\0]*\r\n)*\r\n/.exec(bytes.slice(begin));
      return trailer === null ? undefined : { text, rest: bytes.slice(begin + trailer[0].length) };
    }
    if (bytes.slice(begin + size, begin + size + 2) !== '\r\n') return undefined;
    text += bytes.slice(begin, begin + size);
    at = begin + size + 2;
  }
}

/** Several changes at once, anywhere from the first field to the end of the body. */
function byChance(kit: InputKit): HostileInput {
  const { random } = kit;
  let text = `${random.pick([chunked, 'Content-Length: 5', `${chunked}\r\nContent-Length: 5`])}\r\n\r\n${random.pick([hello, 'hello'])}`;
  for (let changes = 1 + Math.floor(random.next() * 3); changes > 0; changes -= 1) {
    const at = Math.floor(random.next() * (text.length + 1));
    const byte = random.pick(strangeBytes);
    const removed = random.next() < 0.4 ? 1 : 0;
    text = text.slice(0, at) + byte + text.slice(at + removed);
  }
  const nonce = kit.next();
  const head = kit.head({ nonce, method: 'POST', target: annotations });
  return {
    nonce,
    what: JSON.stringify(text),
    pieces: [head.slice(0, -2) + text],
    expects: { seen: [0, 1], maySaveTheAnswer: true },
  };
}

/** A second request inside the first, which an upstream sees only if gateway and upstream disagree about the end. */
function smuggler(kit: InputKit): HostileInput {
  const { random } = kit;
  const nonce = kit.next();
  const inner = `GET ${sites} HTTP/1.1\r\nHost: a\r\nUser-Agent: smuggled-${nonce}\r\nX-Org-Id: org_other\r\nX-Api-Key-Id: key_victim\r\n\r\n`;
  const size = inner.length.toString(16);
  const [lines, body] = random.pick([
    [
      [
        `Content-Length: ${inner.length}`,
        random.pick([
          chunked,
          'Transfer-Encoding : chunked',
          'Transfer-Encoding: xchunked',
          'Transfer-Encoding:\x0bchunked',
        ]),
      ],
      inner,
    ],
    [[chunked, `Content-Length: ${random.pick(['4', '5', '0'])}`], `0\r\n\r\n${inner}`],
    [[chunked], `${size}\r\n${inner}\r\n0\r\n\r\n`],
    [[chunked], `${size};${random.pick(['\n', '\r', 'a=b', '"\r\n"'])}\r\n${inner}\r\n0\r\n\r\n`],
    [[chunked], `0\r\n\r\n${inner}`],
    [['Content-Length: 0'], inner],
    [[`Content-Length: ${inner.length}`, `Content-Length: 0`], inner],
    [[`Content-Length:${random.pick(['', ' ', '\t', '+', '-', '0x'])}${inner.length}`], inner],
    [['Expect: 100-continue', `Content-Length: ${inner.length}`], inner],
    [['Upgrade: h2c', 'HTTP2-Settings: AAMA', `Content-Length: ${inner.length}`], inner],
  ] as const);
  const method = random.pick(['POST', 'GET', 'DELETE', 'PATCH', 'HEAD']);
  const connection = random.pick(['keep-alive', 'close', 'Upgrade, HTTP2-Settings']);
  return {
    nonce,
    what: `${method} ${JSON.stringify([connection, ...lines])} with a request inside`,
    pieces: [kit.head({ nonce, method, target: method === 'POST' ? annotations : sites, connection, lines }) + body],
    methods: [method, 'GET'],
    // Bytes that the parser refuses never show that the method was HEAD: their answer has a body.
    expects: { seen: [0, 1], maySaveTheAnswer: true, mayBeCutOff: method === 'HEAD' },
  };
}

function withBody(kit: InputKit, lines: readonly string[], body: string, expects: Expectation): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: JSON.stringify([...lines, body]),
    pieces: [kit.head({ nonce, method: 'POST', target: annotations, lines }) + body],
    expects: { maySaveTheAnswer: true, ...expects },
  };
}
