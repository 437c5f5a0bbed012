import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** One request as an upstream saw it on the wire. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** In order, names as they were written. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** False when the connection ended before the request did, or when its bytes could not be read as one. */
  readonly complete: boolean;
  /** The number of the upstream's connection that carried it, from 1. */
  readonly connection: number;
  /** Every byte of the head. */
  readonly head: string;
}

/** Returns the bytes of the answer; undefined when it wrote to the socket itself, or when it does not answer. */
export type Respond = (request: SeenRequest, socket: Socket) => string | undefined;

export interface RawUpstream {
  readonly port: number;
  readonly url: string;
  /** Everything seen since the last `forget`. */
  readonly seen: SeenRequest[];
  connections(): number;
  openConnections(): number;
  respondWith(respond: Respond): void;
  stop(): Promise<void>;
}

/**
 * An upstream on bare sockets: it records its requests byte by byte, and can answer with any bytes. It parses requests
 * strictly, so that anything that an upstream could read differently shows as incomplete.
 */
export async function startRawUpstream(respond: Respond = answerOk): Promise<RawUpstream> {
  const seen: SeenRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let respondNow = respond;

  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1;
    sockets.add(socket);
    const reader = createRequestReader(connections, (request) => {
      seen.push(request);
      if (!request.complete) return;
      const answer = respondNow(request, socket);
      if (answer !== undefined && socket.writable) socket.write(answer, 'latin1');
    });
    socket.setEncoding('latin1');
    socket.on('data', reader.read);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      sockets.delete(socket);
      reader.end();
    });
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A listening server has no port');

  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    seen,
    connections: () => connections,
    openConnections: () => sockets.size,
    respondWith: (next) => {
      respondNow = next;
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** 200 with a body, and the field that proves that this upstream answered. */
export function answerOk(request: SeenRequest): string {
  const body = request.method === 'HEAD' ? '' : '{"data":[]}';
  return `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nServer-Timing: upstream\r\nContent-Length: 11\r\n\r\n${body}`;
}

/** The field by which the upstream proves that an answer is its own; its value is the request's User-Agent. */
export const answeredFor = 'etag';

/** Adds that field to the head of an answer; interim answers get none. */
export function provedAnswer(answer: string, request: SeenRequest): string {
  const proof = `${answeredFor}: ${seenField(request, 'user-agent').join()}\r\n`;
  const interim = /^(?:HTTP\/1\.1 1\d\d .*?\r\n\r\n)*/s.exec(answer)?.[0].length ?? 0;
  const firstLine = answer.indexOf('\r\n', interim);
  if (firstLine === -1) return answer;
  return answer.slice(0, firstLine + 2) + proof + answer.slice(firstLine + 2);
}

/** The values of a field, in order. */
export function seenField({ fields }: SeenRequest, name: string): readonly string[] {
  return fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
}

const requestLine = /^([A-Z-]+) ([!-~]+) (HTTP\/1\.1)$/;
const fieldLine = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/;

interface RequestReader {
  readonly read: (text: string) => void;
  readonly end: () => void;
}

type Head = Omit<SeenRequest, 'body' | 'complete'>;

function createRequestReader(connection: number, found: (request: SeenRequest) => void): RequestReader {
  let buffer = '';
  let head: Head | undefined;
  let broken = false;
  return {
    read: (text) => {
      buffer += text;
      while (!broken && buffer !== '') {
        head ??= takeHead();
        if (head === undefined) return;
        const body = takeBody(head);
        if (body === undefined) return;
        const request = { ...head, body, complete: true };
        head = undefined;
        found(request);
      }
    },
    end: () => {
      if (head !== undefined || buffer !== '')
        found({ ...(head ?? unreadable(connection, buffer)), body: head ? buffer : '', complete: false });
    },
  };

  function takeHead(): Head | undefined {
    const end = buffer.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const text = buffer.slice(0, end);
    const [first = '', ...lines] = text.split('\r\n');
    const line = requestLine.exec(first);
    const fields = lines.map((field) => fieldLine.exec(field));
    if (line === null || fields.some((field) => field === null)) {
      broken = true;
      return undefined;
    }
    buffer = buffer.slice(end + 4);
    const [, method = '', target = '', version = ''] = line;
    return {
      method,
      target,
      version,
      fields: fields.map((field) => [field?.[1] ?? '', field?.[2] ?? ''] as const),
      connection,
      head: text,
    };
  }

  function takeBody({ fields }: Head): string | undefined {
    const values = (name: string) => fields.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);
    const [coding, ...moreCodings] = values('transfer-encoding');
    const [length, ...moreLengths] = values('content-length');
    const hasBoth = coding !== undefined && length !== undefined;
    if (hasBoth || moreCodings.length + moreLengths.length > 0 || !/^(\d{1,15})?$/.test(length ?? '')) {
      broken = true;
      return undefined;
    }
    if (coding !== undefined) return coding === 'chunked' ? takeChunks() : undefined;
    if (buffer.length < Number(length ?? 0)) return undefined;
    const body = buffer.slice(0, Number(length ?? 0));
    buffer = buffer.slice(body.length);
    return body;
  }

  function takeChunks(): string | undefined {
    let body = '';
    let at = 0;
    for (;;) {
      const lineEnd = buffer.indexOf('\r\n', at);
      if (lineEnd === -1) return undefined;
      const size = Number.parseInt(buffer.slice(at, lineEnd), 16);
      const end = lineEnd + 2 + size;
      if (buffer.length < end + 2) return undefined;
      body += buffer.slice(lineEnd + 2, end);
      at = end + 2;
      if (size !== 0) continue;
      buffer = buffer.slice(at);
      return body;
    }
  }
}

function unreadable(connection: number, text: string): Head {
  return { method: '', target: '', version: '', fields: [], connection, head: text };
}
