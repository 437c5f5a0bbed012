import type { Socket } from 'node:net';
import { clientNetwork } from '@engagetrack/service-chassis';
import { LRUCache } from 'lru-cache';
import { createPace } from './pace.ts';

/**
 * Networks (an address, or a /64 of IPv6) that have had a connection cut for what was sent ahead on it.
 *
 * node:http takes whatever comes in one piece. A connection that brings dozens of requests, is cut for them and comes
 * again costs milliseconds each time, and nothing in it can be refused before all of it has been read. So for a minute
 * new connections from such a network are read in turn and at a pace. Those that it already has are read as before, and
 * everybody else's are not concerned.
 */
export interface CutNetworks {
  /** Of a new connection from such a network nothing is read before its turn. */
  enter(socket: Socket): void;
  /** Whether the connection is from such a network. */
  has(socket: Socket): boolean;
  /** Closes the connection, and remembers whose it was: for a minute from the first, which no further one makes longer. */
  cut(socket: Socket): void;
}

const rememberedMs = 60_000;
const networksMax = 4_096;
const startPace = { perSecond: 50, burst: 1 };

export interface CutNetworksParts {
  /** How many there can be at once, waiting or not. */
  readonly connectionsMax: number;
  /** Told of every cut. */
  readonly tellCut: () => void;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

export function createCutNetworks({ connectionsMax, tellCut, monotonicNow }: CutNetworksParts): CutNetworks {
  const rememberedUntilMs = new LRUCache<string, number>({ max: networksMax });
  const pace = createPace({ ...startPace, waitingMax: connectionsMax });

  return {
    enter: (socket) => {
      if (!has(socket)) return;
      let mayRead = false;
      const leave = pace.take(() => {
        mayRead = true;
        socket.resume();
      });
      socket.once('close', leave);
      // node:http begins to read in the next tick, so the word has to come after that.
      if (!mayRead) process.nextTick(() => mayRead || socket.pause());
    },
    has,
    cut: (socket) => {
      const { remoteAddress } = socket;
      if (remoteAddress !== undefined && !has(socket))
        rememberedUntilMs.set(clientNetwork(remoteAddress), monotonicNow() + rememberedMs);
      socket.destroy();
      tellCut();
    },
  };

  function has({ remoteAddress }: Socket): boolean {
    if (remoteAddress === undefined) return false;
    const untilMs = rememberedUntilMs.get(clientNetwork(remoteAddress));
    return untilMs !== undefined && monotonicNow() < untilMs;
  }
}
