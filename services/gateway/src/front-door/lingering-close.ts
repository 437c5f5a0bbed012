import type { Duplex, Readable } from 'node:stream';

/**
 * Bytes and milliseconds that are still read behind a refusal; beyond either the connection is closed although its
 * caller goes on sending, and the caller may see a reset in place of the answer.
 */
const lingerBytesMax = 8 * 1024 * 1024;
const lingerMs = 2_000;

/**
 * Lingering close: reads and drops the rest of a refused caller's bytes, up to a ceiling. A socket that is closed with
 * unread bytes is reset, and a reset discards the answer on its way to the caller.
 * @param stream the unread body, or the connection itself.
 * @param socket the connection: its end is the end of a broken body, which has none of its own.
 * @param close called once, when the bytes are over or the ceiling is reached.
 */
export function lingerThenClose(stream: Readable, socket: Duplex, close: () => void): void {
  if (socket.readableEnded) {
    close();
    return;
  }
  let discarded = 0;
  const deadline = setTimeout(stop, lingerMs);
  stream.on('data', count);
  stream.once('end', stop);
  stream.once('close', stop);
  socket.once('end', stop);
  // The forwarder may have been reading the body.
  stream.unpipe();
  stream.resume();

  function count(chunk: Buffer): void {
    discarded += chunk.length;
    if (discarded > lingerBytesMax) stop();
  }

  function stop(): void {
    clearTimeout(deadline);
    stream.pause();
    stream.off('data', count);
    stream.off('end', stop);
    stream.off('close', stop);
    socket.off('end', stop);
    close();
  }
}
