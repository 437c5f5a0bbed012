import type { Socket } from 'node:net';
import { createAttachment } from './attachment.ts';
import type { Pace } from './pace.ts';

/**
 * Answers that wait for their turn as bytes.
 *
 * What waits grows old: V8 moves it at each young collection, and then keeps it, with all that hangs on it, until the next
 * full one. Of a request whose answer is unsent that is kilobytes, and hundreds may wait. So the answer is written at once,
 * but not yet sent: for node:http and everybody here the request is over, and a few hundred bytes wait.
 */
export interface HeldAnswers {
  /** What `write` writes on the connection, and the connection's end if that is due, comes when the pace lets it. */
  send(socket: Socket, pace: Pace, write: () => void): void;
  /** Acts once nothing of the connection is held any more, because it went out or the connection has ended. */
  afterwards(socket: Socket, act: () => void): void;
}

interface Hold {
  readonly bytes: Buffer[];
  /** The connection has been ended meanwhile, by node:http: it was its last answer, or its caller sends nothing more. */
  isEndDue: boolean;
  /** Gives up the turn. */
  leave: () => void;
  afterwards: (() => void) | undefined;
}

export function createHeldAnswers(): HeldAnswers {
  const holds = createAttachment<Socket, Hold | undefined>('held answer');

  return {
    send: (socket, pace, write) => {
      if (!pace.takeNow(write)) hold(socket, pace, write);
    },
    afterwards: (socket, act) => {
      const held = holds.of(socket);
      if (held === undefined) act();
      else held.afterwards = act;
    },
  };

  function hold(socket: Socket, pace: Pace, write: () => void): void {
    const held: Hold = { bytes: [], isEndDue: false, leave: () => undefined, afterwards: undefined };
    const letGo = keepWrites(socket, held);
    const finish = (): void => {
      socket.off('close', finish);
      letGo();
      holds.set(socket, undefined);
      held.leave();
      held.afterwards?.();
    };
    holds.set(socket, held);
    socket.on('close', finish);
    write();
    held.leave = pace.take(() => {
      letGo();
      for (const part of held.bytes) socket.write(part);
      if (held.isEndDue) socket.end();
      finish();
    });
  }
}

/**
 * Whoever writes on the connection is told that its bytes have been taken.
 * @returns makes the connection what it was.
 */
function keepWrites(socket: Socket, held: Hold): () => void {
  const { write, end } = socket;
  socket.write = (data: string | Uint8Array, encodingOrDone?: unknown, done: unknown = encodingOrDone) => {
    held.bytes.push(typeof data === 'string' ? Buffer.from(data, encodingOf(encodingOrDone)) : Buffer.from(data));
    if (typeof done === 'function') process.nextTick(done as () => void);
    return true;
  };
  socket.end = () => {
    held.isEndDue = true;
    return socket;
  };
  return () => {
    socket.write = write;
    socket.end = end;
  };
}

function encodingOf(encodingOrDone: unknown): BufferEncoding | undefined {
  return typeof encodingOrDone === 'string' ? (encodingOrDone as BufferEncoding) : undefined;
}
