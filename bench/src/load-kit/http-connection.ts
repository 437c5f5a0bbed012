import { connect, type Socket } from 'node:net';
import { answerBytes } from '../request-cost/load-messages.ts';

/**
 * One kept-alive connection, one request at a time, over a bare socket: node:http's client costs more than some of the
 * measured work, and would limit a run. It supports just the HTTP/1.1 of a run's answers and rejects everything else
 * with a sentence, above all every status but 200.
 */
export interface HttpConnection {
  /** Sends the bytes of a request; resolves when the answer is complete. */
  ask(request: Buffer): Promise<void>;
  close(): void;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

const answerDeadlineMs = 10_000;
const complaintCharactersMax = 200;

export function createHttpConnection(port: number): HttpConnection {
  let socket: Socket | undefined;
  let waiting: Waiting | undefined;
  let received: Buffer | undefined;

  return {
    ask: (request) =>
      new Promise<void>((resolve, reject) => {
        waiting = { resolve, reject };
        socket ??= open();
        socket.write(request);
      }),
    close: () => socket?.destroy(),
  };

  function open(): Socket {
    const opened = connect({ host: '127.0.0.1', port, noDelay: true });
    opened.setTimeout(answerDeadlineMs, () =>
      opened.destroy(new Error(`The proxy gave no answer within ${answerDeadlineMs} ms`)),
    );
    opened.on('data', receive);
    opened.on('error', fail);
    opened.on('close', () => {
      if (socket === opened) fail(new Error('The proxy closed a connection instead of answering'));
    });
    return opened;
  }

  function receive(chunk: Buffer): void {
    received = received === undefined ? chunk : Buffer.concat([received, chunk]);
    try {
      const answer = readAnswer(received);
      if (answer === undefined) return;
      received = undefined;
      if (answer.last) leave();
      settle()?.resolve();
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The proxy announced that it closes: the next request opens another connection. */
  function leave(): void {
    const left = socket;
    socket = undefined;
    left?.destroy();
  }

  function fail(error: Error): void {
    received = undefined;
    leave();
    settle()?.reject(error);
  }

  function settle(): Waiting | undefined {
    const settled = waiting;
    waiting = undefined;
    return settled;
  }
}

/** @returns undefined while the answer is not complete. */
function readAnswer(bytes: Buffer): { readonly last: boolean } | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.toString('latin1', 0, headEnd);
  const bodyStart = headEnd + 4;
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (!head.startsWith('HTTP/1.1 200 ')) {
    const said = bytes.toString('utf8', bodyStart, bodyStart + complaintCharactersMax);
    throw new Error(`The proxy answered "${head.split('\r\n', 1)[0]}" where every answer must be 200: ${said}`);
  }
  if (Number(length) !== answerBytes)
    throw new Error(
      `The proxy answered ${length ?? 'an unknown number of'} bytes, not the ${answerBytes} of the upstream`,
    );
  if (bytes.length < bodyStart + answerBytes) return undefined;
  return { last: /\r\nconnection: *close/i.test(head) };
}
