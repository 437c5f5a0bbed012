import { connect, type Socket } from 'node:net';
import { breakOff } from '@engagetrack/test-ground/wire';
import type { OneKeyTask } from '../load-messages.ts';
import { createCounts, type RunningLoad } from '../running-load.ts';

const connectionsPerStep = 20;

/**
 * One burst after the other, as long as there are keys: as many requests at once as there are connections, and on each
 * the next one as soon as the last is answered.
 */
export function useOneKey({ port, path, keys, connections, requests }: OneKeyTask): RunningLoad {
  const counts = createCounts();
  const open = new Set<Socket>();
  let isOver = false;
  void (async () => {
    for (const key of keys) if (!isOver) await burst(key);
  })();

  return {
    take: () => ({ counts: counts.all() }),
    end: () => {
      isOver = true;
      // A caller that ends its side still gets its answers; one that resets the connection is gone at once.
      for (const socket of open) breakOff(socket);
    },
  };

  async function burst(key: string): Promise<void> {
    // Connections open a few at a time, because another row measures a burst of new connections.
    const sockets: Socket[] = [];
    while (sockets.length < connections && !isOver)
      sockets.push(...(await Promise.all(Array.from({ length: connectionsPerStep }, openOne))));
    if (isOver) return;
    const startedAtMs = performance.now();
    const each = requests / connections;
    const head = `GET ${path} HTTP/1.1\r\nHost: api.test\r\nX-Forwarded-For: 203.0.113.8\r\nAuthorization: Bearer ${key}\r\n\r\n`;
    counts.add('bursts');
    await Promise.all(sockets.map((socket) => send(socket, head, each)));
    if (!isOver) counts.raise('longest burst ms', performance.now() - startedAtMs);
    for (const socket of sockets) socket.destroy();
  }

  function openOne(): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      open.add(socket);
      socket.setEncoding('latin1');
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        resolve(socket);
      });
      socket.on('connect', () => resolve(socket));
    });
  }

  function send(socket: Socket, head: string, count: number): Promise<void> {
    return new Promise((resolve) => {
      let answers = 0;
      socket.on('data', (text: string) => {
        for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
          counts.add(`answered ${status}`);
          answers += 1;
          if (answers < count) socket.write(head);
        }
        if (answers >= count) resolve();
      });
      socket.on('close', () => {
        if (answers < count && !isOver) counts.add('cut off', count - answers);
        resolve();
      });
      if (socket.destroyed) resolve();
      socket.write(head);
    });
  }
}
