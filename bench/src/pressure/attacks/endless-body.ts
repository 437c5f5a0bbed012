import { connect, type Socket } from 'node:net';
import type { EndlessBodyTask } from '../load-messages.ts';
import { createCounts, type RunningLoad } from '../running-load.ts';

const chunkBytes = 64 * 1024;
const chunk = Buffer.from(`${chunkBytes.toString(16)}\r\n${'x'.repeat(chunkBytes)}\r\n`, 'latin1');

/** Sends bodies that announce no end, one after the other on each connection, until the task ends. */
export function sendEndlessBodies({ port, path, keys, connections, bytesEach }: EndlessBodyTask): RunningLoad {
  const counts = createCounts();
  const open = new Set<Socket>();
  let isOver = false;
  let attempts = 0;
  for (let n = 0; n < connections; n += 1) void sendOneAfterAnother();

  return {
    take: () => ({ counts: counts.all() }),
    end: () => {
      isOver = true;
      for (const socket of open) socket.destroy();
    },
  };

  async function sendOneAfterAnother(): Promise<void> {
    while (!isOver) await sendOne(keys[attempts % keys.length] ?? '');
  }

  function sendOne(key: string): Promise<void> {
    attempts += 1;
    return new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' });
      open.add(socket);
      let sent = 0;
      let text = '';
      socket.setEncoding('latin1').on('data', (part: string) => {
        text += part;
      });
      const flow = (): void => {
        while (socket.writable && sent < bytesEach) {
          sent += chunkBytes;
          if (!socket.write(chunk)) return;
        }
      };
      socket.on('drain', flow);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        if (!isOver) {
          counts.add('bodies');
          counts.add('MB sent', sent / 2 ** 20);
          counts.raise('longest body MB', sent / 2 ** 20);
          counts.add(`answered ${text.slice(9, 12) || 'nothing'}`);
        }
        resolve();
      });
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer ${key}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      );
      flow();
    });
  }
}
