import { corpusLines } from '../corpora.ts';
import {
  annotations,
  type Expectation,
  type Family,
  type HostileInput,
  type InputKit,
  marker,
} from '../hostile-input.ts';
import { refused } from '../judge-target.ts';

const names: readonly string[] = [
  ...[
    'X-Org-Id',
    'X-Api-Key-Id',
    'X-Auth-Scopes',
    'X-Auth-Type',
    'X-Internal-Token',
    'X-Et-Org',
    'X-Et-Key-Id',
    'X-Et-Scopes',
  ],
  ...[
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Prefix',
    'X-Forwarded-Port',
    'X-Forwarded-Uri',
    'Forwarded',
  ],
  ...[
    'X-Real-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Original-Method',
    'X-Host',
    'Via',
  ],
  ...[
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
    'Cookie',
    'Set-Cookie',
    'Referer',
    'Origin',
    'Proxy-Authorization',
  ],
  ...[
    'Proxy-Connection',
    'Keep-Alive',
    'TE',
    'Trailer',
    'Proxy-Authenticate',
    'X-API-Key',
    'Api-Key',
    'X-Auth-Token',
    'X-User-Id',
  ],
  ...[
    'constructor',
    'toString',
    'hasOwnProperty',
    'Expect',
    'Priority',
    'Early-Data',
    'Alt-Used',
    'X-Csrf-Token',
    'X-Amzn-Trace-Id',
  ],
];

/** Every way of smuggling a header that only the gateway may set, or that the upstream must never see. */
export const spoofedHeaders: Family = {
  name: 'spoofed headers',
  weight: 10,
  *inputs(kit) {
    for (const name of names) for (const line of variantsOf(name)) yield inputFor(kit, [line.text], line.expects);
    for (const name of names)
      for (const connection of [name, `close, ${name}`, `${name}, close`, `keep-alive,${name}`])
        yield inputFor(
          kit,
          [`${name}: ${marker}`],
          ownFields.test(name) ? refused(400, 431) : { seen: [0, 1], statuses: [200, 400, 431] },
          connection,
        );
    for (const name of forwarded) {
      if (!name.includes('-')) continue;
      for (const separator of ['_', '.'])
        yield inputFor(kit, [`${name.replaceAll('-', separator)}: ${marker}`], ignored);
    }
    for (const { text } of corpusLines('headers')) {
      const name = text.split(':', 1)[0]?.trim() ?? '';
      if (/^[A-Za-z0-9-]+$/.test(name) && !forwarded.has(name.toLowerCase()))
        yield inputFor(kit, [`${name}: ${marker}`], passes);
    }
    for (;;) yield byChance(kit);
  },
};

/** Fields that the gateway forwards, or whose own meaning the marker would break. */
const forwarded: ReadonlySet<string> = new Set([
  ...[
    'accept',
    'accept-charset',
    'accept-datetime',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'content-encoding',
    'content-length',
  ],
  ...[
    'content-digest',
    'content-disposition',
    'content-language',
    'content-location',
    'content-range',
    'last-event-id',
  ],
  ...[
    'content-type',
    'idempotency-key',
    'if-match',
    'if-modified-since',
    'if-none-match',
    'if-range',
    'if-unmodified-since',
    'range',
  ],
  ...[
    'user-agent',
    'host',
    'authorization',
    'connection',
    'transfer-encoding',
    'upgrade',
    'traceparent',
    'tracestate',
    'x-request-id',
  ],
]);

/** What the gateway reads, forwards or makes: Connection must not ask for a request without it. */
const ownFields = /^(?:x-(?:org-id|api-key-id|auth-scopes|auth-type|internal-token|forwarded-.*)|expect)$/i;

/** Answered as if the line were not there. */
const ignored: Expectation = { seen: [1, 1], statuses: [200] };

/** Answered as if the line were not there, or refused: never seen by the upstream. */
const passes: Expectation = { seen: [0, 1], statuses: [200, 400, 431] };

interface Line {
  readonly text: string;
  readonly expects: Expectation;
}

function* variantsOf(name: string): Generator<Line> {
  const value = marker;
  for (const cased of new Set([name, name.toLowerCase(), name.toUpperCase(), swapCase(name)])) {
    for (const text of [`${cased}: ${value}`, `${cased}:${value}`, `${cased}:\t${value} `])
      yield { text, expects: passes };
    for (const text of [
      `${cased} : ${value}`,
      `${cased}\t: ${value}`,
      ` ${cased}: ${value}`,
      `X-A: b\r ${cased}: ${value}`,
    ])
      yield { text, expects: refused(400) };
    yield { text: `${cased}: ${value}\r\n${cased}: ${value}`, expects: passes };
    yield { text: `X-A: b\n${cased}: ${value}`, expects: refused(400) };
    yield { text: `X-A: b\r${cased}: ${value}`, expects: refused(400) };
    yield { text: `${cased}\0: ${value}`, expects: refused(400) };
  }
  if (name.includes('-'))
    for (const separator of ['_', '.', ' ', '\t', '--'])
      yield {
        text: `${name.replaceAll('-', separator)}: ${value}`,
        expects: separator === '--' ? passes : [' ', '\t'].includes(separator) ? refused(400) : ignored,
      };
  for (const code of [0x80, 0xad, 0xc3, 0xff])
    yield { text: `${name}${String.fromCharCode(code)}: ${value}`, expects: refused(400) };
}

/** A few lines at once, with one character changed: in no case may the upstream see the marker. */
function byChance(kit: InputKit): HostileInput {
  const { random } = kit;
  const lines = Array.from({ length: 1 + Math.floor(random.next() * 4) }, () => `${random.pick(names)}: ${marker}`);
  const text = lines.join('\r\n');
  const at = Math.floor(random.next() * text.length);
  const byte = String.fromCharCode(Math.floor(random.next() * 256));
  const changed =
    random.next() < 0.5 ? text.slice(0, at) + byte + text.slice(at) : text.slice(0, at) + byte + text.slice(at + 1);
  return inputFor(kit, [changed], { seen: [0, 1], maySaveTheAnswer: /[\r\n]/.test(byte) });
}

function inputFor(kit: InputKit, lines: readonly string[], expects: Expectation, connection = 'close'): HostileInput {
  const nonce = kit.next();
  // The lines stand in front of the nonce, so that a line that swallows the next one swallows the nonce.
  const usesBody = kit.random.next() < 0.2;
  const head = usesBody
    ? kit.head({ nonce, method: 'POST', target: annotations, connection, lines: [...lines, 'Content-Length: 5'] })
    : kit.head({ nonce, connection, lines });
  return {
    nonce,
    what: JSON.stringify(lines.join('\r\n')),
    pieces: [usesBody ? `${head}hello` : head],
    expects: { ...expects, request: { body: usesBody ? 'hello' : '' } },
  };
}

function swapCase(text: string): string {
  return [...text]
    .map((character, index) => (index % 2 === 0 ? character.toLowerCase() : character.toUpperCase()))
    .join('');
}
