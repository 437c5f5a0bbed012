import { setTimeout as delay } from 'node:timers/promises';
import { readAccount, watchResidentBytes } from '@engagetrack/test-ground';
import { type Latency, latencyOf } from './latency.ts';
import type { Ground } from './start-ground.ts';

/** What the good callers and the gateway did for some seconds. */
export interface Window extends Latency {
  /** The share of a core that the gateway took. */
  readonly busy: number;
  /** The most that the gateway held. */
  readonly residentBytes: number;
  /** Milliseconds that the callers' own event loop was late, at the 99th percentile. */
  readonly callersLateMs: number;
}

export async function measureWindow({ good, gateway }: Ground, seconds: number): Promise<Window> {
  const { pid } = gateway.running;
  const stopWatching = watchResidentBytes(pid);
  await good.take();
  const before = { ...readAccount(pid), atMs: performance.now() };
  await delay(seconds * 1_000);
  const busy = (readAccount(pid).cpuUs - before.cpuUs) / ((performance.now() - before.atMs) * 1_000);
  const { samples: { answerMs = [] } = {}, lateMs = 0 } = await good.take();
  return { ...latencyOf(answerMs), busy, residentBytes: stopWatching(), callersLateMs: lateMs };
}
