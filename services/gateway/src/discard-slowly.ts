import type { Readable } from 'node:stream';

/**
 * Reads what a refused caller still sends, and throws it away: a socket that is closed with unread bytes is reset, and a
 * reset discards the answer on its way to the caller.
 *
 * It reads slowly: whoever wants to know learns of the refusal meanwhile, and whoever sends on regardless is held up by
 * its own socket and costs next to nothing.
 */
const pauseMs = 20;

/** @returns stops reading. */
export function discardSlowly(stream: Readable): () => void {
  let pause: NodeJS.Timeout | undefined;
  stream.on('data', rest);
  stream.resume();
  return () => {
    clearTimeout(pause);
    stream.off('data', rest);
  };

  function rest(): void {
    stream.pause();
    pause = setTimeout(() => stream.resume(), pauseMs);
  }
}
