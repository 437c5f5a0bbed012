import type { Socket } from 'node:net';

/**
 * Resets a connection. One whose end has been sent cannot be reset any more: Node (24.21) would leave it neither open
 * nor closed, and its process would never end.
 */
export function breakOff(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}
