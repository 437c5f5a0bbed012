import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createKeptConnections, type KeptConnections } from './kept-connections.ts';

interface Connection {
  readonly name: string;
  isOpen: boolean;
}

describe('kept connections', () => {
  let kept: KeptConnections<Connection>;
  let closed: string[];
  beforeEach(() => {
    jest.useFakeTimers();
    closed = [];
    kept = createKeptConnections({
      isUsable: ({ isOpen }) => isOpen,
      close: ({ name }) => closed.push(name),
    });
  });
  afterEach(() => {
    kept.stop();
    jest.useRealTimers();
  });
  const connection = (name: string): Connection => ({ name, isOpen: true });

  it('rest for ten milliseconds at least, and for twenty at most', () => {
    kept.keep(connection('a'));
    jest.advanceTimersByTime(9);
    kept.keep(connection('b'));
    jest.advanceTimersByTime(10);
    expect(kept.take()).toBeUndefined();
    jest.advanceTimersByTime(2);
    // `b` came before the first look, as `a` did, and has rested since.
    expect([kept.take()?.name, kept.take()?.name, kept.take()]).toEqual(['b', 'a', undefined]);
  });

  it('that were closed while they rested are not used again', () => {
    const [a, b] = [connection('a'), connection('b')];
    kept.keep(a);
    kept.keep(b);
    jest.advanceTimersByTime(14);
    a.isOpen = false;
    jest.advanceTimersByTime(14);
    expect([closed, kept.take()]).toEqual([['a'], b]);
  });

  it('that were closed while they waited are not used again', () => {
    const [a, b] = [connection('a'), connection('b')];
    kept.keep(a);
    kept.keep(b);
    jest.advanceTimersByTime(40);
    b.isOpen = false;
    expect([kept.take(), closed]).toEqual([a, ['b']]);
  });

  it('are 256 at most, and the closed ones do not count', () => {
    const first = Array.from({ length: 256 }, (_, n) => connection(`first ${n}`));
    for (const one of first) kept.keep(one);
    jest.advanceTimersByTime(40);
    kept.keep(connection('over'));
    jest.advanceTimersByTime(40);
    expect(closed).toEqual(['over']);
    for (const one of first.slice(0, 10)) one.isOpen = false;
    kept.keep(connection('in its place'));
    jest.advanceTimersByTime(40);
    expect(kept.take()?.name).toBe('in its place');
  });

  it('are all closed with the gateway, those that rest too', () => {
    kept.keep(connection('a'));
    jest.advanceTimersByTime(40);
    kept.keep(connection('b'));
    jest.advanceTimersByTime(10);
    kept.keep(connection('c'));
    kept.stop();
    expect(closed.sort()).toEqual(['a', 'b', 'c']);
    jest.advanceTimersByTime(40);
    expect(kept.take()).toBeUndefined();
  });
});
