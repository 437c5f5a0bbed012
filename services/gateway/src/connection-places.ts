import type { Socket } from 'node:net';
import { createLine } from '@engagetrack/service-chassis';
import { createAttachment } from './attachment.ts';

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

interface Place {
  isTaken: boolean;
  /** Of those who ask nothing; whoever asks has left it. */
  leaveLine: () => boolean;
}

export function createConnectionPlaces(placesMax: number): ConnectionPlaces {
  const places = createAttachment<Socket, Place>('place');
  const silent = createLine<Socket>();
  /** Whoever has rested longest is first. */
  const resting = createLine<Socket>();
  let taken = 0;

  return {
    enter: (socket) => {
      if (taken >= placesMax) {
        const leaver = silent.first() ?? resting.first() ?? socket;
        leave(leaver);
        leaver.destroy();
        if (leaver === socket) return;
      }
      taken += 1;
      places.set(socket, { isTaken: true, leaveLine: silent.join(socket) });
      socket.on('close', () => leave(socket));
    },
    occupy: (socket) => {
      places.of(socket)?.leaveLine();
    },
    rest: (socket) => {
      const place = places.of(socket);
      if (place?.isTaken) place.leaveLine = resting.join(socket);
    },
  };

  function leave(socket: Socket): void {
    const place = places.of(socket);
    if (!place?.isTaken) return;
    place.isTaken = false;
    place.leaveLine();
    taken -= 1;
  }
}
