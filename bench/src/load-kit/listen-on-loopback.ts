import type { Server } from 'node:http';

/** Listens on a free port of loopback and prints the line that every service prints, which names the address. */
export async function listenOnLoopback(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a TCP port');
  console.log(JSON.stringify({ at: 'listening', api: `http://127.0.0.1:${address.port}` }));
}
