import type { Readable } from 'node:stream';
import { createPace } from './pace.ts';

/** Of one caller's bytes, from one read of at most 64 KiB to the next. */
const pauseMs = 20;
/** Of all callers together, no more than there are connections: each read is a buffer until the next young collection. */
const readsOn = createPace({ perSecond: 20, burst: 32, waitingMax: Number.POSITIVE_INFINITY });

/**
 * Reads what a refused caller still sends, and throws it away: a socket that is closed with unread bytes is reset, and a
 * reset discards the answer on its way to the caller.
 *
 * It reads slowly: whoever wants to know learns of the refusal meanwhile, and whoever sends on regardless is held up by
 * its own socket and costs next to nothing, however many do so at once.
 * @returns stops reading.
 */
export function discardSlowly(stream: Readable): () => void {
  let pause: NodeJS.Timeout | undefined;
  let giveUpTurn = (): void => undefined;
  const readOn = (): void => {
    giveUpTurn = readsOn.take(() => stream.resume());
  };
  const rest = (): void => {
    stream.pause();
    pause = setTimeout(readOn, pauseMs);
  };
  stream.on('data', rest);
  stream.resume();
  return () => {
    clearTimeout(pause);
    giveUpTurn();
    stream.off('data', rest);
  };
}
