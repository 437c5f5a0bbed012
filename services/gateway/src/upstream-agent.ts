import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';

const idleSocketsMax = 256;
/** How long a connection must have been silent behind an answer before it carries the next request. */
const quietBeforeReuseMs = 5;

/**
 * Connections to one upstream, kept for the requests to come.
 *
 * What an upstream sends unasked behind an answer would be taken for the answer to the next request, which is somebody
 * else's. So a connection stands still for a moment first, and one on which anything arrives is never used again.
 */
export function createUpstreamAgent(url: URL): HttpAgent {
  const options = { keepAlive: true, maxFreeSockets: idleSocketsMax };
  const agent = url.protocol === 'https:' ? new HttpsAgent(options) : new HttpAgent(options);
  const keepers = agent.listeners('free');
  agent.removeAllListeners('free');
  agent.on('free', (socket: Socket, ...rest: readonly unknown[]) => {
    afterQuiet(socket, () => {
      for (const keep of keepers) keep.call(agent, socket, ...rest);
    });
  });
  return agent;
}

/** A new connection for every request. */
export function createFreshAgent(url: URL): HttpAgent {
  return url.protocol === 'https:' ? new HttpsAgent() : new HttpAgent();
}

function afterQuiet(socket: Socket, keep: () => void): void {
  const drop = (): void => {
    socket.destroy();
  };
  const quiet = setTimeout(() => {
    socket.off('data', drop);
    socket.off('error', drop);
    socket.off('close', forget);
    // Its listeners are gone; from here on node:http watches the idle connection itself.
    if (!socket.destroyed) keep();
  }, quietBeforeReuseMs);
  const forget = (): void => clearTimeout(quiet);
  socket.on('data', drop);
  socket.on('error', drop);
  socket.once('close', forget);
}
