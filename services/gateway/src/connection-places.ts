import type { Socket } from 'node:net';

/**
 * The connections that a listener has room for.
 *
 * When every place is taken, a newcomer gets the place of a connection on which nothing is asked: of those that never
 * asked anything first, then of those that have rested longest. So nobody can keep others out by holding connections;
 * only while every connection waits for an answer is a newcomer turned away.
 */
export interface ConnectionPlaces {
  enter(socket: Socket): void;
  /** A request has come on it. */
  occupy(socket: Socket): void;
  /** Everything that was asked on it has been answered. */
  rest(socket: Socket): void;
}

const connectionsMax = 16_384;
/** What a gateway needs beside its callers' connections: those to upstreams, to Redis, to the key service, and files. */
const otherFilesMax = 2_048;
const otherFilesShare = 0.6;

/**
 * As many as can be had without running out of files, because then upstreams could not be reached either.
 * @param openFilesMax undefined where it is not known.
 */
export function connectionsMaxFor(openFilesMax: number | undefined): number {
  if (openFilesMax === undefined) return connectionsMax;
  const others = Math.min(otherFilesMax, Math.ceil(openFilesMax * otherFilesShare));
  return Math.min(connectionsMax, Math.max(1, openFilesMax - others));
}

export function createConnectionPlaces(placesMax: number): ConnectionPlaces {
  const taken = new Set<Socket>();
  // Sets keep the order of their entries: the first has been there longest.
  const silent = new Set<Socket>();
  const resting = new Set<Socket>();

  return {
    enter: (socket) => {
      if (taken.size >= placesMax) {
        const [leaver = socket] = silent.size > 0 ? silent : resting;
        leave(leaver);
        leaver.destroy();
        if (leaver === socket) return;
      }
      taken.add(socket);
      silent.add(socket);
      socket.once('close', () => leave(socket));
    },
    occupy: (socket) => {
      if (!silent.delete(socket)) resting.delete(socket);
    },
    rest: (socket) => {
      if (taken.has(socket)) resting.add(socket);
    },
  };

  function leave(socket: Socket): void {
    taken.delete(socket);
    silent.delete(socket);
    resting.delete(socket);
  }
}
