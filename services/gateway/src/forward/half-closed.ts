import type { Exchange } from '../exchange.ts';
import type { Route } from '../routes/route-table.ts';

/** Milliseconds that a GET or HEAD goes on behind the end of its caller's side; beyond them it is given up. */
const safeRequestMs = 2_000;

/**
 * A caller that ends its side of the connection may only have nothing more to send, or may have left; TCP does not tell.
 * What changes something goes on until its answer, because the caller must be able to learn of it. A safe request goes on
 * for a moment, which is enough for most answers, and does not keep the upstream busy for callers that gave up. A stream
 * ends at once.
 * @returns stops watching.
 */
export function watchHalfClose({ req, res, method }: Exchange, { isStream }: Route): () => void {
  let deadline: NodeJS.Timeout | undefined;
  const leave = (): void => void res.destroy();
  const ended = (): void => {
    if (isStream) leave();
    else if (method === 'GET' || method === 'HEAD') deadline = setTimeout(leave, safeRequestMs);
  };
  const { socket } = req;
  if (socket.readableEnded) ended();
  else socket.once('end', ended);
  return () => {
    clearTimeout(deadline);
    socket.off('end', ended);
  };
}
