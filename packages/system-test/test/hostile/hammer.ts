import { connect } from 'node:net';

export interface HammerAnswer {
  readonly nonce: string;
  readonly status: number;
  /** `X-RateLimit-Reset`, Unix seconds; NaN without one. */
  readonly reset: number;
  readonly remaining: number;
}

export interface HammerOptions {
  readonly ports: readonly number[];
  readonly socketsEach: number;
  /** The request, with its nonce in the query. */
  request(nonce: string): string;
  /** Called after every answer. */
  isOver(): boolean;
  answered(answer: HammerAnswer): void;
}

/** Sends one request at a time on each of many sockets of each of many gateways, until `isOver`. */
export async function hammer({ ports, socketsEach, request, isOver, answered }: HammerOptions): Promise<void> {
  let requests = 0;
  const sockets = ports.flatMap((port) => Array.from({ length: socketsEach }, () => port));
  await Promise.all(sockets.map((port) => onOneSocket(port)));

  function onOneSocket(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      let nonce = '';
      let text = '';
      const next = (): void => {
        if (isOver()) {
          socket.end();
          return;
        }
        nonce = `n${requests++}`;
        socket.write(request(nonce));
      };
      socket.setEncoding('latin1');
      socket.on('connect', next);
      socket.on('data', (part: string) => {
        text += part;
        const headEnd = text.indexOf('\r\n\r\n');
        if (headEnd === -1) return;
        const head = text.slice(0, headEnd + 2);
        const length = Number(field(head, 'content-length') ?? 0);
        const isChunked = field(head, 'transfer-encoding') !== undefined;
        if (isChunked ? !text.endsWith('0\r\n\r\n') : text.length < headEnd + 4 + length) return;
        text = '';
        answered({
          nonce,
          status: Number(head.slice(9, 12)),
          reset: Number(field(head, 'x-ratelimit-reset')),
          remaining: Number(field(head, 'x-ratelimit-remaining')),
        });
        next();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve());
    });
  }
}

function field(head: string, name: string): string | undefined {
  return new RegExp(`\\r\\n${name}: *([^\\r]*)\\r\\n`, 'i').exec(head)?.[1];
}
