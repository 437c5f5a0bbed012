import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createLine } from './line.ts';
import { StartupError } from './startup-error.ts';

export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** The environment variable that sets the port; the sentence about a port in use names it. */
  readonly variable: string;
}

export interface ListeningServer {
  readonly url: string;
  readonly port: number;
  /**
   * Stops accepting connections, lets every request in progress be answered, and closes each connection after its last
   * answer. Connections without a request are closed at once; those still open after the deadline are cut.
   */
  drain(deadlineMs: number): Promise<void>;
}

const idleSweepMs = 25;

export async function listen(server: Server, { host, port, variable }: ListenOptions): Promise<ListeningServer> {
  const traffic = observeTraffic(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(startupErrorFor(error, { host, port, variable })));
    server.listen({ host, port }, resolve);
  });
  const bound = portOf(server.address());
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    drain: (deadlineMs) => drain(server, traffic, deadlineMs),
  };
}

interface Traffic {
  readonly connections: Iterable<Socket>;
  /** The answers to the requests in progress. */
  readonly answers: Iterable<ServerResponse>;
}

function observeTraffic(server: Server): Traffic {
  const connections = createLine<Socket>();
  const answers = createLine<ServerResponse>();
  server.on('connection', (socket: Socket) => {
    socket.on('close', connections.join(socket));
  });
  server.prependListener('request', (_req, res) => {
    res.on('close', answers.join(res));
  });
  return { connections, answers };
}

async function drain(server: Server, { connections, answers }: Traffic, deadlineMs: number): Promise<void> {
  // Node counts a connection without any request as busy; load balancers and browsers keep such spares.
  for (const connection of connections) if (connection.bytesRead === 0) connection.destroy();
  // The answer on a busy connection says that it is the last; a connection that falls idle without that is closed.
  for (const answer of answers) closeBehind(answer);
  server.prependListener('request', (_req, res) => closeBehind(res));
  const sweep = setInterval(() => server.closeIdleConnections(), idleSweepMs);
  const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearInterval(sweep);
  clearTimeout(deadline);
}

function closeBehind(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}

function startupErrorFor(error: NodeJS.ErrnoException, { host, port, variable }: ListenOptions): Error {
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartupError(
        `${variable}: port ${port} on ${host} is already in use; stop what listens there or set ${variable} to another port (0 picks a free one)`,
      );
    case 'EACCES':
      return new StartupError(
        `${variable}: this user may not listen on port ${port}; set ${variable} to a port above 1023`,
      );
    case 'EADDRNOTAVAIL':
    case 'EAI_AGAIN':
    case 'ENOTFOUND':
      return new StartupError(
        `HOST: ${host} is not an address of this machine; use 127.0.0.1, or 0.0.0.0 for every interface`,
      );
    default:
      return error;
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a TCP port');
  return address.port;
}
