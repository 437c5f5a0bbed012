import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { lingerThenClose } from './lingering-close.ts';

describe('a lingering close', () => {
  let body: PassThrough;
  let socket: PassThrough;
  let closed: number;
  beforeEach(() => {
    jest.useFakeTimers();
    [body, socket] = [new PassThrough(), new PassThrough()];
    closed = 0;
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const linger = () => lingerThenClose(body, socket, () => (closed += 1));
  const settle = () => jest.advanceTimersByTimeAsync(0);
  const mebibyte = Buffer.alloc(1024 * 1024);

  it('closes when the bytes are over, and not before', async () => {
    linger();
    body.write('some');
    await settle();
    expect(closed).toBe(0);
    body.end('more');
    await settle();
    expect(closed).toBe(1);
  });

  it('closes at the end of the connection, which is the end of a broken body', async () => {
    linger();
    socket.resume().end();
    await settle();
    expect(closed).toBe(1);
  });

  it('closes at once when the caller sends nothing more', async () => {
    socket.resume().end();
    await settle();
    linger();
    expect(closed).toBe(1);
  });

  it('reads 8 MiB of a caller that goes on, and then closes', async () => {
    linger();
    for (let n = 0; n < 8; n += 1) {
      body.write(mebibyte);
      await settle();
    }
    expect(closed).toBe(0);
    body.write('x');
    await settle();
    expect(closed).toBe(1);
  });

  it('waits two seconds for a caller that is silent, and then closes once', async () => {
    linger();
    await jest.advanceTimersByTimeAsync(1_999);
    expect(closed).toBe(0);
    await jest.advanceTimersByTimeAsync(1);
    body.end();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(closed).toBe(1);
    expect(jest.getTimerCount()).toBe(0);
  });
});
