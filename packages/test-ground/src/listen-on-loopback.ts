import type { Server } from 'node:http';

export interface LoopbackServer {
  readonly port: number;
  readonly url: string;
  /** Breaks every connection; resolves when the server is closed, at once where it is closed already. */
  close(): Promise<void>;
}

/** Lets a server of a test listen on a free port of this machine. */
export async function listenOnLoopback(server: Server): Promise<LoopbackServer> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a TCP port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
