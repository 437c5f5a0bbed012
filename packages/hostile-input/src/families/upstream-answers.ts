import type { Socket } from 'node:net';
import { breakOff } from '@engagetrack/test-ground/wire';
import { annotations, type Family, type HostileInput, type InputKit, marker } from '../hostile-input.ts';
import { provedAnswer, type SeenRequest } from '../raw-upstream.ts';

/** Bytes that follow an answer, so many milliseconds later. */
interface Late {
  readonly bytes: string;
  readonly afterMs: number;
}

/** An upstream's answer, and the statuses that its client may get. */
interface Script {
  readonly what: string;
  readonly bytes: string;
  readonly after?: 'close' | 'reset';
  readonly late?: Late;
  /** Sends one more byte at a time, without an end. */
  readonly trickles?: boolean;
  readonly statuses?: readonly number[];
  readonly mayBeCutOff?: boolean;
}

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntest';
const poison = `HTTP/1.1 200 OK\r\nX-Poison: ${marker}\r\nContent-Length: ${marker.length}\r\n\r\n${marker}`;
/** Fields that the gateway drops or replaces by its own. */
const withheld = `Server: ${marker}\r\nX-Powered-By: ${marker}\r\nSet-Cookie: ${marker}\r\nX-RateLimit-Limit: ${marker}\r\nX-Request-Id: ${marker}\r\nX-Error-Code: ${marker}\r\nConnection: keep-alive, x-inner\r\nX-Inner: ${marker}\r\nTrailer: ${marker}\r\nProxy-Authenticate: ${marker}\r\n`;

const bad = { statuses: [502] };
/** What is read together with the answer tells that the upstream is out of step; what is read later does not. */
const outOfStep = { statuses: [200, 502] };
const cut = { statuses: [200, 502], mayBeCutOff: true };

const scripts: readonly Script[] = [
  { what: 'an ordinary answer', bytes: ok, statuses: [200] },
  { what: 'fields that are the gateway’s to say', bytes: ok.replace('\r\n', `\r\n${withheld}`), statuses: [200] },
  { what: 'another answer in the same bytes', bytes: ok + poison, ...outOfStep },
  { what: 'another answer right behind', bytes: ok, late: { bytes: poison, afterMs: 0 }, ...outOfStep },
  { what: 'another answer a millisecond later', bytes: ok, late: { bytes: poison, afterMs: 1 }, ...outOfStep },
  { what: 'another answer two milliseconds later', bytes: ok, late: { bytes: poison, afterMs: 2 }, ...outOfStep },
  { what: 'garbage right behind', bytes: ok, late: { bytes: marker, afterMs: 0 }, ...cut },
  { what: 'garbage in the same bytes', bytes: ok + marker, ...cut },
  { what: 'interim answers', bytes: `HTTP/1.1 103 Early Hints\r\nLink: ${marker}\r\n\r\n${ok}`, statuses: [200] },
  { what: 'interim answers without end', bytes: 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50) + ok, ...bad },
  {
    what: 'an upgrade',
    bytes: `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${marker}`,
    ...bad,
  },
  { what: 'nothing, then the end', bytes: '', after: 'close', ...bad },
  { what: 'a reset', bytes: '', after: 'reset', ...bad },
  { what: 'half a head, then the end', bytes: 'HTTP/1.1 200 OK\r\nConte', after: 'close', ...bad },
  { what: 'silence', bytes: '', statuses: [504] },
  { what: 'half a head, then silence', bytes: 'HTTP/1.1 200 OK\r\nConte', statuses: [504] },
  { what: 'a head that trickles in for ever', bytes: 'HTTP/1.1 200 OK\r\nX-A: ', trickles: true, statuses: [504] },
  { what: 'too short a body', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntest', after: 'close', ...cut },
  {
    what: 'too short a body, then a reset',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntest',
    after: 'reset',
    ...cut,
  },
  {
    what: 'a body that stalls',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ntest',
    mayBeCutOff: true,
    statuses: [504],
  },
  { what: 'broken chunks', bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntest\r\nzz\r\n', ...cut },
  {
    what: 'chunks without an end',
    bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ntest\r\n',
    after: 'close',
    ...cut,
  },
  {
    what: 'trailers',
    bytes: `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n4\r\ntest\r\n0\r\nX-A: ${marker}\r\n\r\n`,
    statuses: [200],
  },
  {
    what: 'a body where there is none',
    bytes: `HTTP/1.1 204 No Content\r\nContent-Length: ${marker.length}\r\n\r\n${marker}`,
    statuses: [204, 502],
  },
  {
    what: 'a body at 304',
    bytes: `HTTP/1.1 304 Not Modified\r\nContent-Length: ${marker.length}\r\n\r\n${marker}`,
    statuses: [304, 502],
  },
  { what: 'a control byte in the reason', bytes: 'HTTP/1.1 200 O\x01K\r\nContent-Length: 4\r\n\r\ntest', ...bad },
  { what: 'two lengths', bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\ntest', ...bad },
  {
    what: 'both framings',
    bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ...bad,
  },
  {
    what: 'an over-long head',
    bytes: `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(20_000)}\r\nContent-Length: 4\r\n\r\ntest`,
    ...bad,
  },
  {
    what: 'too many fields',
    bytes: `HTTP/1.1 200 OK\r\n${'a:\r\n'.repeat(1_500)}Content-Length: 4\r\n\r\ntest`,
    ...bad,
  },
  ...['099', '100', '600', '999', '000'].map((status) => ({
    what: `status ${status}`,
    bytes: ok.replace('200', status),
    statuses: [502, 504],
  })),
  ...['HTTP/3.0', 'HTTP/1.2', 'ICY'].map((version) => ({
    what: `version ${version}`,
    bytes: ok.replace('HTTP/1.1', version),
    ...bad,
  })),
  ...[301, 302, 401, 403, 404, 429, 500, 503].map((status) => ({
    what: `its own ${status}`,
    bytes: ok.replace('200 OK', `${status} Odd`),
    statuses: [status],
  })),
];

/** Upstreams that answer badly, too much, too late or not at all, and then every answer with randomly changed bytes. */
export const upstreamAnswers: Family = {
  name: 'upstream answers',
  weight: 4,
  breaksKeptConnections: true,
  *inputs(kit) {
    for (const script of scripts) for (const method of methods) yield inputFor(kit, script, method);
    for (;;) {
      const script = kit.random.next() < lateShare ? kit.random.pick(lateScripts) : byChance(kit);
      yield inputFor(kit, script, kit.random.pick(methods));
    }
  },
};

/** Every script runs with each of them, because the meaning of a lost answer depends on the method. */
const methods = ['GET', 'GET', 'GET', 'HEAD', 'POST'] as const;

/** A silent upstream costs a whole deadline, so only some inputs have one. */
const quick = scripts.filter(({ statuses }) => !statuses?.includes(504));
/** Late bytes harm only a request within those milliseconds, so many inputs have them. */
const lateScripts = scripts.filter((script) => script.late !== undefined);
const lateShare = 0.25;

function byChance({ random }: InputKit): Script {
  const { bytes, what, late } = random.pick(quick);
  const isWhole = random.next() < 0.5;
  const at = Math.floor(random.next() * Math.min(bytes.length, 200));
  const byte = String.fromCharCode(Math.floor(random.next() * 256));
  return {
    what: `${what}, ${isWhole ? 'as it is' : `byte ${at} changed`}`,
    bytes: isWhole ? bytes : bytes.slice(0, at) + byte + bytes.slice(at + (random.next() < 0.5 ? 1 : 0)),
    ...(late && { late }),
    // The upstream ends the connection after any bytes.
    after: random.next() < 0.3 ? 'reset' : 'close',
    mayBeCutOff: true,
  };
}

function inputFor(kit: InputKit, script: Script, method: (typeof methods)[number]): HostileInput {
  const nonce = kit.next();
  const head =
    method === 'POST'
      ? kit.head({ nonce, method, target: annotations, lines: ['Content-Length: 5'] })
      : kit.head({ nonce, method });
  return {
    nonce,
    what: `${method}: ${script.what}`,
    pieces: [method === 'POST' ? `${head}hello` : head],
    methods: [method],
    respond: (request, socket) => play(script, request, socket),
    expects: {
      // The gateway may send a safe request once more when a kept connection is gone; any other request is lost with
      // it.
      seen: method === 'POST' ? [0, 1] : [1, 2],
      ...(script.statuses && { statuses: statusesFor(method, script.statuses, script) }),
      ...(script.mayBeCutOff && { mayBeCutOff: true }),
    },
  };
}

/** An answer without a body cannot be cut off in it, and bytes behind its head are unasked. */
function statusesFor(method: string, statuses: readonly number[], { mayBeCutOff = false }: Script): readonly number[] {
  if (method === 'GET') return statuses;
  return method === 'HEAD' && mayBeCutOff ? [...statuses, 502, 200] : [...statuses, 502];
}

/** Milliseconds. Later bytes cannot be told from a quick answer to the next request. */
const lateMostMs = 4;

/**
 * Writes the first byte alone: a process that stands still while it writes notices only afterwards that it is too late.
 * It then resets the connection before the bytes have become an answer.
 */
function sendLate({ bytes, afterMs }: Late, socket: Socket, answeredAtMs: number): void {
  const isInTime = (): boolean => performance.now() - answeredAtMs < lateMostMs;
  setTimeout(() => {
    if (!socket.writable || !isInTime()) return;
    socket.write(bytes.slice(0, 1), 'latin1');
    if (isInTime()) socket.write(bytes.slice(1), 'latin1');
    else breakOff(socket);
  }, afterMs);
}

const trickleEveryMs = 100;

function play({ bytes, after, late, trickles = false }: Script, request: SeenRequest, socket: Socket): undefined {
  if (trickles) {
    const trickle = setInterval(() => socket.writable && socket.write('a'), trickleEveryMs);
    socket.once('close', () => clearInterval(trickle));
  }
  const isWhole = bytes.endsWith('\r\n\r\ntest');
  const text = request.method === 'HEAD' && isWhole ? bytes.slice(0, -'test'.length) : bytes;
  const answeredAtMs = performance.now();
  socket.write(provedAnswer(text, request), 'latin1', () => {
    if (late !== undefined) sendLate(late, socket, answeredAtMs);
    else if (after === 'close') socket.end();
    else if (after === 'reset') breakOff(socket);
  });
}
