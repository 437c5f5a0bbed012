import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { withinDeadline } from '../src/within-deadline.ts';

const deadlineMs = 50;

describe('a deadline', () => {
  it('passes on the result of the work', async () => {
    expect(await withinDeadline(Promise.resolve('done'), deadlineMs, 'It')).toBe('done');
    await expect(withinDeadline(Promise.reject(new Error('broken')), deadlineMs, 'It')).rejects.toThrow('broken');
  });

  it('rejects when there is no result by then, and not before', async () => {
    const startedAtMs = performance.now();
    await expect(withinDeadline(new Promise(() => undefined), deadlineMs, 'Redis')).rejects.toThrow(
      'Redis took longer than 50 ms',
    );
    // A timer may be early by less than one tick of its clock.
    expect(performance.now() - startedAtMs).toBeGreaterThan(deadlineMs - 2);
  });

  it('ignores a late result or rejection', async () => {
    const { promise, reject } = Promise.withResolvers<void>();
    await expect(withinDeadline(promise, 1, 'It')).rejects.toThrow('It took longer');
    reject(new Error('too late for anybody'));
    await expect(promise).rejects.toThrow('too late');
  });

  it('leaves no timer behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await withinDeadline(Promise.resolve(), 60_000, 'It');
    await withinDeadline(Promise.reject(new Error('broken')), 60_000, 'It').catch(() => undefined);
    expect(timers()).toBe(before);
  });

  describe('after the process was frozen', () => {
    it.each([
      ['takes an answer that came in meanwhile for timely', true],
      ['rejects what has not come by then', false],
    ])('%s', async (_what, answers) => {
      const server = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => {
          // On loopback these bytes are in the other end's buffer at once, and nobody reads them before the stop is over.
          if (answers) socket.write('+OK\r\n');
          standStill(3 * deadlineMs);
        });
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      await once(socket, 'connect');
      try {
        const answer = once(socket, 'data').then(([bytes]) => String(bytes));
        answer.catch(() => undefined);
        socket.write('PING\r\n');
        const within = withinDeadline(answer, deadlineMs, 'It');
        if (answers) expect(await within).toBe('+OK\r\n');
        else await expect(within).rejects.toThrow('It took longer');
      } finally {
        socket.destroy();
        server.close();
      }
    });
  });
});

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
