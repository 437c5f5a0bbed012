import { METHODS } from 'node:http';
import { corpusLines } from '../corpora.ts';
import { annotations, type Family, type HostileInput, type InputKit, sites } from '../hostile-input.ts';
import { expectationFor, refused } from '../judge-target.ts';

/** Hostile texts as query, header value, body and method: handed on byte for byte, or refused. */
export const texts: Family = {
  name: 'texts and methods',
  weight: 10,
  *inputs(kit) {
    for (const method of METHODS) if (!['GET', 'HEAD', 'CONNECT'].includes(method)) yield withMethod(kit, method);
    for (const { text } of corpusLines('methods')) if (!['GET', 'HEAD'].includes(text)) yield withMethod(kit, text);
    for (const { text } of corpusLines(
      'query',
      'crlf',
      'redirect',
      'sql',
      'nosql',
      'xss',
      'text',
      'number',
      'other',
      'json',
    )) {
      const short = text.slice(0, 3_000);
      for (const query of [short, encodeURIComponent(short).slice(0, 4_000)]) yield withQuery(kit, query);
      yield withValue(kit, short);
      yield withText(kit, text);
    }
    for (;;) {
      const bytes = randomBytes(kit);
      yield withQuery(kit, bytes);
      yield withValue(kit, bytes);
      yield withText(kit, bytes);
      yield withMethod(kit, bytes.slice(0, 12));
    }
  },
};

const known: ReadonlySet<string> = new Set(METHODS);

function withMethod(kit: InputKit, method: string): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `method ${JSON.stringify(method)}`,
    pieces: [kit.head({ nonce, method })],
    expects:
      known.has(method) && method !== 'CONNECT'
        ? refused(405)
        : { ...refused(400, 431), maySaveTheAnswer: /[\r\n]/.test(method) },
  };
}

function withQuery(kit: InputKit, query: string): HostileInput {
  const nonce = kit.next();
  const target = `${sites}?${query}`;
  return {
    nonce,
    what: `query ${JSON.stringify(query)}`,
    pieces: [kit.head({ nonce, target })],
    expects: expectationFor(target),
  };
}

/** Puts the text into a field that is forwarded, and into one that is not. */
function withValue(kit: InputKit, value: string): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `header value ${JSON.stringify(value)}`,
    pieces: [kit.head({ nonce, lines: [`Accept-Language: ${value}`, `X-Note: ${value}`] })],
    expects: {
      seen: [0, 1],
      request: { target: sites },
      statuses: [200, 400, 431],
      maySaveTheAnswer: /[\r\n]/.test(value),
    },
  };
}

function withText(kit: InputKit, body: string): HostileInput {
  const nonce = kit.next();
  return {
    nonce,
    what: `body ${JSON.stringify(body.slice(0, 200))}`,
    pieces: [
      kit.head({ nonce, method: 'POST', target: annotations, lines: [`Content-Length: ${body.length}`] }) + body,
    ],
    expects: { seen: [1, 1], request: { target: annotations, body }, statuses: [200] },
  };
}

function randomBytes({ random }: InputKit): string {
  const length = 1 + Math.floor(random.next() ** 2 * 200);
  return Array.from({ length }, () => String.fromCharCode(Math.floor(random.next() * 256))).join('');
}
