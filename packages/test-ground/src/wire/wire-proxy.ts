import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { breakOff } from './break-off.ts';
import { portOf, throughPort } from './tcp-fault-proxy.ts';
import type { WireMessage, WirePiece, WireProtocol } from './wire-message.ts';

/**
 * Called with every message before it passes. After `hold`, neither it nor any message behind it passes until
 * `release`.
 */
export type WireWatch = (message: WireMessage) => 'pass' | 'hold';

/** A link on loopback that decodes the messages on it, and can stop at each of them. */
export interface WireProxy {
  /** The same URL with this proxy as its host. */
  through(url: string): string;
  /** Connections from now on go to this port; the open ones stay where they are. */
  retarget(port: number): void;
  /** Stops all messages on every connection. When a watch calls it, its own message is the last that passes. */
  freeze(): void;
  /** Lets every held or frozen message pass. */
  release(): void;
  /** Resets every open connection, dropping the messages that had not passed. Ends a freeze. */
  reset(): void;
  stop(): Promise<void>;
}

export interface WireProxyParts {
  /** The name of the link in its messages. */
  readonly link: string;
  readonly targetPort: number;
  readonly protocol: WireProtocol;
  readonly watch: WireWatch;
}

interface Gate {
  release(): void;
}

interface Link {
  readonly sockets: readonly [Socket, Socket];
  readonly gates: readonly [Gate, Gate];
}

export async function startWireProxy({ link, targetPort, protocol, watch }: WireProxyParts): Promise<WireProxy> {
  const links = new Set<Link>();
  let target = targetPort;
  let frozen = false;
  let connections = 0;

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const server = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    const { questions, answers, clientName } = protocol();
    connections += 1;
    const parts = { link, connection: connections, watch, clientName, isFrozen: () => frozen };
    const opened: Link = {
      sockets: [client, server],
      gates: [
        createGate({ ...parts, from: client, to: server, decode: questions }),
        createGate({ ...parts, from: server, to: client, decode: answers }),
      ],
    };
    links.add(opened);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => breakOff(other));
      socket.on('close', () => {
        if (other.destroyed) links.delete(opened);
        else if (socket === client) other.destroy();
      });
    }
  });
  listener.listen({ port: 0, host: '127.0.0.1' });
  await once(listener, 'listening');
  const port = portOf(listener);

  return {
    through: (url) => throughPort(url, port),
    retarget: (next) => {
      target = next;
    },
    freeze: () => {
      frozen = true;
    },
    release: () => {
      frozen = false;
      for (const { gates } of links) for (const gate of gates) gate.release();
    },
    reset,
    stop: async () => {
      const closed = once(listener, 'close');
      listener.close();
      reset();
      await closed;
    },
  };

  function reset(): void {
    for (const { sockets } of links) for (const socket of sockets) breakOff(socket);
    frozen = false;
  }
}

interface GateParts {
  readonly from: Socket;
  readonly to: Socket;
  readonly decode: (bytes: Buffer) => readonly WirePiece[];
  readonly link: string;
  readonly connection: number;
  readonly watch: WireWatch;
  readonly clientName: () => string | undefined;
  readonly isFrozen: () => boolean;
}

/** One direction of a connection: pieces leave in the order they came. */
function createGate({ from, to, decode, watch, clientName, isFrozen, ...names }: GateParts): Gate {
  const queue: (WirePiece | 'end')[] = [];
  let isHeld = false;
  const accept = (...pieces: readonly (WirePiece | 'end')[]): void => {
    queue.push(...pieces);
    flow();
  };
  from.on('data', (bytes: Buffer) => accept(...decode(bytes)));
  from.on('end', () => accept('end'));
  to.on('drain', () => from.resume());
  return {
    release: () => {
      const held = isHeld ? queue.shift() : undefined;
      isHeld = false;
      if (held !== undefined) send(held);
      flow();
    },
  };

  function flow(): void {
    for (let piece = queue[0]; piece !== undefined && !isHeld && !isFrozen(); piece = queue[0]) {
      isHeld =
        piece !== 'end' &&
        piece.message !== undefined &&
        watch({ ...piece.message, ...names, client: clientName() }) === 'hold';
      if (isHeld) return;
      queue.shift();
      send(piece);
    }
  }

  function send(piece: WirePiece | 'end'): void {
    if (to.destroyed) return;
    if (piece === 'end') to.end();
    else if (!to.write(piece.bytes)) from.pause();
  }
}
