import type { Socket } from 'node:net';
import type { LinkFault } from './link-fault.ts';

/** One direction of a link: bytes leave in the order they came, each when the link's fault lets it. */
export interface Lane {
  /** Sends the bytes that are due; called when the fault has changed. */
  flow(): void;
  /** Whether bytes have been lost, so that the rest would make no sense to the receiver. */
  hasLost(): boolean;
}

export interface LaneParts {
  readonly fault: () => LinkFault | undefined;
  readonly random: () => number;
}

interface Item {
  /** Empty for the end of the stream. */
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/** Bytes. Beyond it the proxy stops reading, and the sender's own buffers fill. */
const queuedBytesMax = 1_048_576;

export function createLane(from: Socket, to: Socket, { fault, random }: LaneParts): Lane {
  const queue: Item[] = [];
  let queuedBytes = 0;
  let lastDueMs = 0;
  let lost = false;
  let timer: NodeJS.Timeout | undefined;

  from.on('data', (bytes: Buffer) => accept(bytes));
  from.on('end', () => accept(Buffer.alloc(0)));
  from.on('close', () => clearTimeout(timer));
  to.on('drain', () => from.resume());
  return { flow, hasLost: () => lost };

  function accept(bytes: Buffer): void {
    const current = fault();
    if (current?.kind === 'drop' || current?.kind === 'half_open') {
      lost = true;
      return;
    }
    lastDueMs = Math.max(lastDueMs, dueMs(current, bytes.length));
    queue.push({ bytes, dueMs: lastDueMs });
    queuedBytes += bytes.length;
    if (queuedBytes > queuedBytesMax) from.pause();
    flow();
  }

  function dueMs(current: LinkFault | undefined, length: number): number {
    const nowMs = performance.now();
    switch (current?.kind) {
      case 'latency':
        return nowMs + current.delayMs;
      case 'loss':
        return nowMs + (random() < current.share ? current.resentAfterMs : 0);
      case 'rate':
        return Math.max(nowMs, lastDueMs) + (length * 1_000) / current.bytesPerSecond;
      default:
        return nowMs;
    }
  }

  function flow(): void {
    clearTimeout(timer);
    for (let item = queue[0]; item !== undefined && fault()?.kind !== 'hold'; item = queue[0]) {
      const waitMs = item.dueMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(flow, waitMs);
        return;
      }
      queue.shift();
      queuedBytes -= item.bytes.length;
      send(item.bytes);
    }
  }

  function send(bytes: Buffer): void {
    if (to.destroyed) return;
    if (bytes.length === 0) to.end();
    else if (!to.write(bytes)) from.pause();
    else if (queuedBytes <= queuedBytesMax) from.resume();
  }
}
