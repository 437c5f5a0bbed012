import { connect, type Socket } from 'node:net';
import type { GoodTask, LoadFigures } from './load-messages.ts';
import { createCounts, type RunningLoad } from './running-load.ts';

const connectionsMax = 64;
const tickMs = 2;

/**
 * Sends requests with good keys at a fixed rate, however long the answers take, over kept connections, and records
 * their latencies. The control gets the same requests.
 */
export function callWell(task: GoodTask): RunningLoad {
  const { port, path, keys, requestsPerSecond, controlPort, controlsPerSecond } = task;
  const counts = createCounts();
  let gatewayMs: number[] = [];
  let controlMs: number[] = [];
  const requests = keys.map((key) => `GET ${path} HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer ${key}\r\n\r\n`);
  let made = 0;
  const gateway = createCaller(port, (status, ms) => {
    counts.add(status === 200 ? 'ok' : `failed ${status}`);
    gatewayMs.push(ms);
  });
  const control = createCaller(controlPort, (_status, ms) => controlMs.push(ms));
  const gatewayPace = everyTick(requestsPerSecond, () => {
    made += 1;
    gateway.ask(requests[made % requests.length] ?? '');
  });
  const controlPace = everyTick(controlsPerSecond, () => control.ask('GET /control HTTP/1.1\r\nHost: a\r\n\r\n'));

  return {
    take: (): LoadFigures => {
      const figures = { counts: counts.all(), gatewayMs, controlMs };
      gatewayMs = [];
      controlMs = [];
      return figures;
    },
    end: () => {
      clearInterval(gatewayPace);
      clearInterval(controlPace);
      gateway.close();
      control.close();
    },
  };
}

function everyTick(perSecond: number, act: () => void): NodeJS.Timeout {
  const startedAtMs = performance.now();
  let done = 0;
  return setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) * perSecond) / 1_000);
    for (; done < due; done += 1) act();
  }, tickMs);
}

interface Call {
  readonly request: string;
  readonly sinceMs: number;
}

/** One request at a time on each connection; a call that finds none free waits, and its wait is part of its latency. */
function createCaller(port: number, answered: (status: number, ms: number) => void) {
  const free: Socket[] = [];
  const open = new Set<Socket>();
  const waiting: Call[] = [];
  const under = new Map<Socket, Call>();

  return {
    ask: (request: string): void => {
      waiting.push({ request, sinceMs: performance.now() });
      serve();
    },
    close: (): void => {
      for (const socket of open) socket.destroy();
    },
  };

  function serve(): void {
    while (waiting.length > 0) {
      const socket = free.pop() ?? (open.size < connectionsMax ? openOne() : undefined);
      const call = socket && waiting.shift();
      if (socket === undefined || call === undefined) return;
      under.set(socket, call);
      socket.write(call.request);
    }
  }

  function openOne(): Socket {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    open.add(socket);
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (part: string) => {
      text += part;
      const length = wholeAnswerLength(text);
      if (length === undefined || text.length < length) return;
      const status = Number(text.slice(9, 12));
      const isLast = /\r\nconnection: close\r\n/i.test(text);
      text = '';
      settle(socket, status);
      if (isLast) socket.destroy();
      else free.push(socket);
      serve();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      open.delete(socket);
      const at = free.indexOf(socket);
      if (at !== -1) free.splice(at, 1);
      // A request without an answer counts as slower than any answer.
      settle(socket, 0);
      serve();
    });
    return socket;
  }

  function settle(socket: Socket, status: number): void {
    const call = under.get(socket);
    if (call === undefined) return;
    under.delete(socket);
    answered(status, performance.now() - call.sinceMs);
  }
}

/** The length of the whole answer; undefined until the head is complete. */
function wholeAnswerLength(text: string): number | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [, length = '0'] = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd + 2)) ?? [];
  return headEnd + 4 + Number(length);
}
