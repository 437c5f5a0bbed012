import type { Socket } from 'node:net';
import { createLine } from '@engagetrack/service-chassis';
import { usualLimits } from '../limits.ts';
import { connectionOf } from './connection.ts';

/**
 * The limit of open connections.
 *
 * At the limit a new connection gets the slot of an idle one: of those that have never sent a request first, then of
 * those that have been idle longest. So no caller can keep others out by holding connections; only while every
 * connection waits for an answer is a new one closed.
 */
export interface ConnectionLimit {
  admit(socket: Socket): void;
  /** A request has come on it. */
  becameBusy(socket: Socket): void;
  /** Everything that was asked on it has been answered. */
  becameIdle(socket: Socket): void;
}

/** Open files beside the callers' connections: those to upstreams, to Redis, to the key service, and files. */
const otherFilesMax = 2_048;
const otherFilesShare = 0.6;

/**
 * As many connections as fit without running out of files, because then upstreams could not be reached either.
 * @param openFilesMax undefined where it is not known.
 */
export function connectionsMaxFor(openFilesMax: number | undefined): number {
  if (openFilesMax === undefined) return usualLimits.connectionsMax;
  const others = Math.min(otherFilesMax, Math.ceil(openFilesMax * otherFilesShare));
  return Math.min(usualLimits.connectionsMax, Math.max(1, openFilesMax - others));
}

export function createConnectionLimit(connectionsMax: number): ConnectionLimit {
  const unused = createLine<Socket>();
  /** The one that has been idle longest is first. */
  const idle = createLine<Socket>();
  let open = 0;

  return {
    admit: (socket) => {
      if (open >= connectionsMax) {
        const evicted = unused.first() ?? idle.first() ?? socket;
        release(evicted);
        evicted.destroy();
        if (evicted === socket) return;
      }
      open += 1;
      const connection = connectionOf(socket);
      connection.hasSlot = true;
      connection.leaveIdleList = unused.join(socket);
      socket.on('close', () => release(socket));
    },
    becameBusy: (socket) => {
      connectionOf(socket).leaveIdleList();
    },
    becameIdle: (socket) => {
      const connection = connectionOf(socket);
      if (connection.hasSlot) connection.leaveIdleList = idle.join(socket);
    },
  };

  function release(socket: Socket): void {
    const connection = connectionOf(socket);
    if (!connection.hasSlot) return;
    connection.hasSlot = false;
    connection.leaveIdleList();
    open -= 1;
  }
}
