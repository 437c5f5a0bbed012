import { connect, type Socket } from 'node:net';
import type { SlowSocketsTask } from '../load-messages.ts';
import { createCounts, type RunningLoad } from '../running-load.ts';

const tickMs = 50;
const head = 'GET / HTTP/1.1\r\nX-A: ';

interface SlowSocket {
  readonly socket: Socket;
  readonly openedAtMs: number;
  sent: number;
}

/** Keeps so many connections open with a head that never ends, and opens another one for each that is closed. */
export function openSlowSockets({ port, sockets, byteEveryMs }: SlowSocketsTask): RunningLoad {
  const counts = createCounts();
  const open = new Set<SlowSocket>();
  const tick = setInterval(() => {
    // A few hundred at a time, because the backlog of the listener cannot hold them all at once.
    for (let missing = Math.min(sockets - open.size, 200); missing > 0; missing -= 1) openOne();
    const nowMs = performance.now();
    for (const slow of open) trickle(slow, nowMs);
    counts.raise('open at once', open.size);
  }, tickMs);

  return {
    take: () => ({ counts: counts.all() }),
    end: () => {
      clearInterval(tick);
      for (const { socket } of open) socket.destroy();
      open.clear();
    },
  };

  function openOne(): void {
    const socket = connect({ port, host: '127.0.0.1' });
    const slow: SlowSocket = { socket, openedAtMs: performance.now(), sent: 0 };
    open.add(slow);
    counts.add('opened');
    socket.on('error', () => undefined);
    // All bytes are read, because only then does the end of the other side arrive.
    socket.resume();
    socket.on('close', () => {
      if (!open.delete(slow)) return;
      counts.add('closed by the gateway');
      counts.raise('open longest ms', performance.now() - slow.openedAtMs);
    });
  }

  function trickle(slow: SlowSocket, nowMs: number): void {
    if (!slow.socket.writable || nowMs - slow.openedAtMs < slow.sent * byteEveryMs) return;
    slow.socket.write(slow.sent === 0 ? head : 'a');
    slow.sent += 1;
  }
}
