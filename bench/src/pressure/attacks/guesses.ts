import { randomFillSync } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { requestOf } from '../caller.ts';
import type { GuessesTask } from '../load-messages.ts';
import { createCounts, type RunningLoad } from '../running-load.ts';

const tickMs = 5;
/** Milliseconds. A connection without an answer for so long is replaced by another one; each chooses its own limit. */
const patienceMinMs = 500;
const patienceMaxMs = 1_500;
const connectionsPerTick = 20;
interface Guesser {
  readonly socket: Socket;
  readonly patienceMs: number;
  ahead: number;
  heardAtMs: number;
}

/**
 * Guesses at a fixed rate as far as the gateway accepts them, over connections that are replaced when they give no more
 * answers.
 */
export function guessKeys(task: GuessesTask): RunningLoad {
  const { port, path, connections, guessesPerSecond, aheadMax, from, fromEverywhere, deadKey } = task;
  const counts = createCounts();
  const guessers = new Set<Guesser>();
  const startedAtMs = performance.now();
  let due = 0;
  const tick = setInterval(() => {
    const nowMs = performance.now();
    for (let missing = Math.min(connections - guessers.size, connectionsPerTick); missing > 0; missing -= 1)
      openOne(nowMs);
    due = Math.floor(((nowMs - startedAtMs) * guessesPerSecond) / 1_000) - (counts.all().sent ?? 0);
    for (const guesser of guessers) {
      if (guesser.ahead === aheadMax && nowMs - guesser.heardAtMs > guesser.patienceMs) giveUp(guesser);
      else send(guesser, Math.min(Math.ceil((due * 2) / connections), due, aheadMax - guesser.ahead));
    }
  }, tickMs);

  return {
    take: () => ({ counts: counts.all() }),
    end: () => {
      clearInterval(tick);
      for (const { socket } of guessers) socket.destroy();
      guessers.clear();
    },
  };

  function openOne(nowMs: number): void {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from.localAddress, noDelay: true });
    const patienceMs = patienceMinMs + Math.random() * (patienceMaxMs - patienceMinMs);
    const guesser: Guesser = { socket, patienceMs, ahead: 0, heardAtMs: nowMs };
    guessers.add(guesser);
    counts.add('connections');
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      guesser.heardAtMs = performance.now();
      for (const [, status = ''] of text.matchAll(/HTTP\/1\.1 (\d{3}) /g)) {
        counts.add(`answered ${status}`);
        guesser.ahead -= 1;
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (guessers.delete(guesser)) counts.add('closed');
    });
  }

  function giveUp(guesser: Guesser): void {
    counts.add('given up');
    guessers.delete(guesser);
    guesser.socket.destroy();
  }

  function send(guesser: Guesser, count: number): void {
    if (count <= 0 || !guesser.socket.writable || guesser.socket.writableNeedDrain) return;
    guesser.ahead += count;
    due -= count;
    counts.add('sent', count);
    guesser.socket.write(guesses(count), 'latin1');
  }

  function guesses(count: number): string {
    const random = randomFillSync(Buffer.alloc(count * 24)).toString('hex');
    let text = '';
    for (let n = 0; n < count; n += 1) {
      const [key, address] = [random.slice(n * 48, n * 48 + 32), random.slice(n * 48 + 32, n * 48 + 48)];
      const forwardedFor = fromEverywhere ? `2001:${address.match(/.{4}/g)?.join(':')}::1` : from.forwardedFor;
      text += requestOf({ path, bearer: deadKey ?? `et_live_${key}` }, { ...from, forwardedFor });
    }
    return text;
  }
}
