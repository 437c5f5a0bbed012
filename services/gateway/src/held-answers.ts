import type { Socket } from 'node:net';
import { createAttachment } from './attachment.ts';
import type { Pace } from './pace.ts';

/**
 * Answers that wait for their turn as bytes.
 *
 * What waits grows old: V8 moves it at each young collection, and then keeps it, and all that hangs on it, until the next
 * full one. With the request of an unsent answer that is kilobytes for each of the hundreds that wait. So the answer is
 * written at once, but not yet sent: for node:http and everybody here the request is over, and a few hundred bytes wait.
 */
export interface HeldAnswers {
  /** Whatever `write` writes on the connection goes out when the pace lets it; the answer must not end the connection. */
  send(socket: Socket, write: () => void): void;
  /** Acts once nothing of the connection is held any more, because it went out or the connection has ended. */
  afterwards(socket: Socket, act: () => void): void;
}

interface Hold {
  readonly bytes: Buffer[];
  /** Gives up the turn. */
  leave: () => void;
  afterwards: (() => void) | undefined;
}

type Write = Socket['write'];

export function createHeldAnswers(pace: Pace): HeldAnswers {
  const holds = createAttachment<Socket, Hold | undefined>('held answer');

  return {
    send: (socket, write) => {
      if (!pace.takeNow(write)) hold(socket, write);
    },
    afterwards: (socket, act) => {
      const held = holds.of(socket);
      if (held === undefined) act();
      else held.afterwards = act;
    },
  };

  function hold(socket: Socket, write: () => void): void {
    const held: Hold = { bytes: [], leave: () => undefined, afterwards: undefined };
    const { write: writeOut } = socket;
    const end = (): void => {
      socket.off('close', end);
      socket.write = writeOut;
      holds.set(socket, undefined);
      held.leave();
      held.afterwards?.();
    };
    holds.set(socket, held);
    socket.write = keepBytes(held.bytes);
    socket.on('close', end);
    write();
    held.leave = pace.take(() => {
      socket.write = writeOut;
      for (const part of held.bytes) socket.write(part);
      end();
    });
  }
}

/** To its caller it is written: callbacks come as they do for bytes that the system has taken at once. */
function keepBytes(bytes: Buffer[]): Write {
  return (data: string | Uint8Array, encodingOrDone?: unknown, done?: (error?: Error | null) => void) => {
    bytes.push(typeof data === 'string' ? Buffer.from(data, encodingOrDone as BufferEncoding) : Buffer.from(data));
    const callback = typeof encodingOrDone === 'function' ? encodingOrDone : done;
    if (callback !== undefined) process.nextTick(callback as () => void);
    return true;
  };
}
