import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { breakOff } from './break-off.ts';
import type { LinkFault } from './link-fault.ts';
import { createLane, type Lane } from './tcp-lane.ts';

/** A TCP link on loopback, between one client and one server, that can be broken in all these ways. */
export interface TcpFaultProxy {
  readonly port: number;
  /** The same URL with this proxy as its host. */
  through(url: string): string;
  inject(fault: LinkFault): void;
  /** Ends the fault. */
  heal(): void;
  /** Connections from now on go to this port; the open ones stay where they are. */
  retarget(port: number): void;
  /** Resets every open connection. */
  reset(): void;
  /** The local ports of the proxy's own connections to the server: how the server knows them. */
  serverSidePorts(): readonly number[];
  stop(): Promise<void>;
}

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  readonly lanes: readonly [Lane, Lane];
}

/** @param random uniform in [0, 1); decides which segments a lossy link loses. */
export async function startTcpFaultProxy(targetPort: number, random: () => number): Promise<TcpFaultProxy> {
  const links = new Set<Link>();
  let target = targetPort;
  let fault: LinkFault | undefined;

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (fault?.kind === 'cut') {
      client.resetAndDestroy();
      return;
    }
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const parts = { fault: () => fault, random };
    const link: Link = {
      client,
      server,
      lanes: [createLane(client, server, parts), createLane(server, client, parts)],
    };
    links.add(link);
    for (const socket of [client, server]) socket.setNoDelay(true);
    client.on('error', () => breakLink(link, server));
    server.on('error', () => breakLink(link, client));
    client.on('close', () => forget(link));
    server.on('close', () => forget(link));
    if (fault?.kind === 'half_open') server.resetAndDestroy();
  });
  listener.listen({ port: 0, host: '127.0.0.1' });
  await once(listener, 'listening');
  const port = portOf(listener);

  return {
    port,
    through: (url) => throughPort(url, port),
    inject: (next) => {
      fault = next;
      if (next.kind === 'cut') reset();
      if (next.kind === 'half_open') for (const { server } of links) breakOff(server);
    },
    heal: () => {
      const healed = fault;
      fault = undefined;
      for (const link of links) {
        const lost = healed?.kind === 'half_open' || link.lanes.some((lane) => lane.hasLost());
        if (lost) destroyBoth(link);
        else for (const lane of link.lanes) lane.flow();
      }
    },
    retarget: (next) => {
      target = next;
    },
    reset,
    serverSidePorts: () =>
      [...links].flatMap(({ server }) => (server.localPort === undefined ? [] : [server.localPort])),
    stop: async () => {
      const closed = once(listener, 'close');
      listener.close();
      reset();
      await closed;
    },
  };

  function reset(): void {
    for (const link of links) destroyBoth(link);
  }

  /** One side has failed: the proxy breaks the other side, unless the fault hides the failure from it. */
  function breakLink(link: Link, other: Socket): void {
    if (fault?.kind === 'half_open' && other === link.client) return;
    breakOff(other);
  }

  function forget(link: Link): void {
    if (link.client.destroyed && link.server.destroyed) links.delete(link);
    else if (link.client.destroyed) link.server.destroy();
  }
}

function destroyBoth({ client, server }: Link): void {
  breakOff(client);
  breakOff(server);
}

/** The same URL with a port on loopback as its host. */
export function throughPort(url: string, port: number): string {
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  // `new URL` adds a slash to an address that had none.
  return url.endsWith('/') ? through.href : through.href.replace(/\/$/, '');
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy does not listen on a TCP port');
  return address.port;
}
