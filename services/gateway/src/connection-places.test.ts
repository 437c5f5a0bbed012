import { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ConnectionPlaces, connectionsMaxFor, createConnectionPlaces } from './connection-places.ts';

describe('how many places there are', () => {
  it.each([
    [undefined, 16_384],
    [1_000_000, 16_384],
    [20_000, 16_384],
    [4_096, 2_048],
    [1_024, 409],
    [256, 102],
    [1, 1],
  ])('with %s open files: %s', (openFilesMax, places) => {
    expect(connectionsMaxFor(openFilesMax)).toBe(places);
  });
});

describe('the places of connections', () => {
  let places: ConnectionPlaces;
  beforeEach(() => {
    places = createConnectionPlaces(3);
  });
  const enter = (count: number): Socket[] =>
    Array.from({ length: count }, () => {
      const socket = new Socket();
      places.enter(socket);
      return socket;
    });
  const alive = (sockets: readonly Socket[]) => sockets.map(({ destroyed }) => !destroyed);
  const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

  it('are enough for as many as there are', () => {
    expect(alive(enter(3))).toEqual([true, true, true]);
  });

  it('go to newcomers from whoever has been silent longest', () => {
    expect(alive(enter(5))).toEqual([false, false, true, true, true]);
  });

  it('stay with whoever waits for an answer; a newcomer without a place is turned away', () => {
    const busy = enter(3);
    for (const socket of busy) places.occupy(socket);
    expect([...alive(busy), ...alive(enter(1))]).toEqual([true, true, true, false]);
  });

  it('go from who never asked before they go from who has been answered, and then from the longest rest', () => {
    const [first = new Socket(), second = new Socket(), silent = new Socket()] = enter(3);
    for (const socket of [first, second]) places.occupy(socket);
    for (const socket of [second, first]) places.rest(socket);
    const [newcomer = new Socket()] = enter(1);
    expect(alive([first, second, silent, newcomer])).toEqual([true, true, false, true]);
    places.occupy(newcomer);
    enter(1);
    expect(alive([first, second])).toEqual([true, false]);
  });

  it('are free again when a connection is closed', async () => {
    const busy = enter(3);
    for (const socket of busy) places.occupy(socket);
    const [leaver] = busy;
    if (leaver === undefined) throw new Error('nobody entered');
    const left = closed(leaver.destroy());
    await left;
    places.rest(leaver);
    expect(alive(enter(1))).toEqual([true]);
    expect(alive(enter(1))).toEqual([true]);
    expect(alive(busy)).toEqual([false, true, true]);
  });
});
