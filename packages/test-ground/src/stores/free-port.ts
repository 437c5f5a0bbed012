import { once } from 'node:events';
import { createServer } from 'node:net';

/** A loopback port that nothing listens on just now. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A listening server has no port');
  server.close();
  await once(server, 'close');
  return address.port;
}
