import { Socket } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ConnectionLimit, connectionsMaxFor, createConnectionLimit } from './connection-limit.ts';

describe('the number of connections', () => {
  it.each([
    [undefined, 16_384],
    [1_000_000, 16_384],
    [20_000, 16_384],
    [4_096, 2_048],
    [1_024, 409],
    [256, 102],
    [1, 1],
  ])('with %s open files: %s', (openFilesMax, connections) => {
    expect(connectionsMaxFor(openFilesMax)).toBe(connections);
  });
});

describe('the limit of connections', () => {
  let limit: ConnectionLimit;
  beforeEach(() => {
    limit = createConnectionLimit(3);
  });
  const open = (count: number): Socket[] =>
    Array.from({ length: count }, () => {
      const socket = new Socket();
      limit.admit(socket);
      return socket;
    });
  const alive = (sockets: readonly Socket[]) => sockets.map(({ destroyed }) => !destroyed);
  const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

  it('admits as many as it says', () => {
    expect(alive(open(3))).toEqual([true, true, true]);
  });

  it('gives a new connection the slot of the one that has been unused longest', () => {
    expect(alive(open(5))).toEqual([false, false, true, true, true]);
  });

  it('keeps every connection that waits for an answer, and closes a new one without a slot', () => {
    const busy = open(3);
    for (const socket of busy) limit.becameBusy(socket);
    expect([...alive(busy), ...alive(open(1))]).toEqual([true, true, true, false]);
  });

  it('evicts those that never asked first, then the one that has been idle longest', () => {
    const [first = new Socket(), second = new Socket(), unused = new Socket()] = open(3);
    for (const socket of [first, second]) limit.becameBusy(socket);
    for (const socket of [second, first]) limit.becameIdle(socket);
    const [arrival = new Socket()] = open(1);
    expect(alive([first, second, unused, arrival])).toEqual([true, true, false, true]);
    limit.becameBusy(arrival);
    open(1);
    expect(alive([first, second])).toEqual([true, false]);
  });

  it('has a slot free again when a connection is closed', async () => {
    const busy = open(3);
    for (const socket of busy) limit.becameBusy(socket);
    const [leaver] = busy;
    if (leaver === undefined) throw new Error('No connection was opened');
    const left = closed(leaver.destroy());
    await left;
    limit.becameIdle(leaver);
    expect(alive(open(1))).toEqual([true]);
    expect(alive(open(1))).toEqual([true]);
    expect(alive(busy)).toEqual([false, true, true]);
  });
});
