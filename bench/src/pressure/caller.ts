import { connect, type Socket } from 'node:net';
import type { Call, Origin } from './load-messages.ts';

/** Called once for each request, with status 0 when the connection ended without an answer. */
export type Answered = (status: number, ms: number) => void;

/** Sends requests over kept connections, one request at a time on each. */
export interface Caller {
  /** A call that finds no free connection waits, and its wait is part of its latency. */
  ask(request: string, answered: Answered): void;
  /** Milliseconds that each unanswered request has waited so far. */
  waitsMs(): readonly number[];
  close(): void;
}

export interface CallerOptions {
  readonly port: number;
  readonly localAddress: string;
  readonly connections: number;
  /** The share of answers, 0 to 1, after which the caller closes the connection. */
  readonly remadeShare?: number;
}

interface Sent {
  readonly request: string;
  readonly answered: Answered;
  readonly sinceMs: number;
}

export function createCaller({ port, localAddress, connections, remadeShare = 0 }: CallerOptions): Caller {
  const free: Socket[] = [];
  const open = new Set<Socket>();
  const waiting: Sent[] = [];
  const under = new Map<Socket, Sent>();
  let isClosed = false;

  return {
    ask: (request, answered) => {
      waiting.push({ request, answered, sinceMs: performance.now() });
      serve();
    },
    waitsMs: () => {
      const nowMs = performance.now();
      return [...waiting, ...under.values()].map(({ sinceMs }) => nowMs - sinceMs);
    },
    close: () => {
      isClosed = true;
      for (const socket of open) socket.destroy();
    },
  };

  function serve(): void {
    while (waiting.length > 0 && !isClosed) {
      const socket = open.size < connections ? openOne() : free.shift();
      const sent = socket && waiting.shift();
      if (socket === undefined || sent === undefined) return;
      under.set(socket, sent);
      socket.write(sent.request);
    }
  }

  function openOne(): Socket {
    const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true });
    open.add(socket);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      text += part;
      const length = wholeAnswerLength(text);
      if (length === undefined || text.length < length) return;
      const status = Number(text.slice(9, 12));
      const isLast = /\r\nconnection: close\r\n/i.test(text) || Math.random() < remadeShare;
      text = '';
      settle(socket, status);
      if (isLast) {
        open.delete(socket);
        socket.destroy();
      } else free.push(socket);
      serve();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      open.delete(socket);
      const at = free.indexOf(socket);
      if (at !== -1) free.splice(at, 1);
      if (isClosed) return;
      settle(socket, 0);
      serve();
    });
    return socket;
  }

  function settle(socket: Socket, status: number): void {
    const sent = under.get(socket);
    if (sent === undefined) return;
    under.delete(socket);
    sent.answered(status, performance.now() - sent.sinceMs);
  }
}

export function requestOf({ path, bearer }: Call, { forwardedFor }: Origin): string {
  const forwarded = forwardedFor === undefined ? '' : `X-Forwarded-For: ${forwardedFor}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: api.test\r\n${forwarded}Authorization: Bearer ${bearer}\r\n\r\n`;
}

/** The length of the whole answer; undefined until the head is complete. */
function wholeAnswerLength(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [, length = '0'] = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd + 2)) ?? [];
  return headEnd + 4 + Number(length);
}
