import { Problem } from '@engagetrack/contracts';
import { type Forwarding, giveUp } from './forwarding.ts';

/**
 * The deadlines of the exchanges that are being forwarded: one sweep over all of them.
 *
 * Time is counted in sweeps and not read from a clock, so a process that stood still judges nobody by the time that it
 * did not look.
 */
export interface Deadlines {
  /** Milliseconds, for what happens from here on: up to one sweep ahead, so that no deadline comes too early. */
  now(): number;
  watch(forwarding: Forwarding): void;
  unwatch(forwarding: Forwarding): void;
  stop(): void;
}

/** Milliseconds. A deadline is noticed up to so much later. */
const sweepMs = 50;
/** Milliseconds until a connection to an upstream stands; beyond them the answer is 502. */
const connectTimeoutMs = 2_000;
/** Milliseconds. A caller that sends nothing for so long in the middle of a body gets 400. */
const bodyIdleTimeoutMs = 15_000;
/** Milliseconds of a whole exchange; beyond them it is 504 or cut. A row with `stream: true` has no such end. */
const exchangeTimeoutMs = 300_000;

export function createDeadlines(): Deadlines {
  const watched = new Set<Forwarding>();
  let sweptMs = 0;
  const timer = setInterval(() => {
    sweptMs += sweepMs;
    for (const forwarding of watched) {
      const problem = judgeDeadlines(forwarding, sweptMs);
      if (problem !== undefined) giveUp(forwarding, problem);
    }
  }, sweepMs);
  timer.unref();
  return {
    now: () => sweptMs + sweepMs,
    watch: (forwarding) => watched.add(forwarding),
    unwatch: (forwarding) => watched.delete(forwarding),
    stop: () => clearInterval(timer),
  };
}

/** What an exchange is waiting for: the reason and the length of its silence decide what the caller is told. */
export type Waiting = Pick<
  Forwarding,
  'dialledAtMs' | 'exchange' | 'head' | 'isConnected' | 'movedAtMs' | 'route' | 'sentAtMs' | 'startedAtMs' | 'transport'
>;

/** @returns the problem of an exchange that is over a deadline. */
export function judgeDeadlines(waiting: Waiting, nowMs: number): Problem | undefined {
  const { route, exchange, head, sentAtMs, transport } = waiting;
  const { timeoutMs, isStream } = route;
  if (!isStream && nowMs - waiting.startedAtMs >= exchangeTimeoutMs)
    return new Problem('upstream_timeout', { reason: 'exchange_timeout' });
  if (!waiting.isConnected)
    return nowMs - waiting.dialledAtMs >= connectTimeoutMs
      ? new Problem('upstream_unreachable', { reason: 'upstream_connect_timeout' })
      : undefined;
  const silentMs = nowMs - waiting.movedAtMs;
  // A caller that sends nothing or takes nothing is not the upstream's fault.
  if (sentAtMs === undefined && transport?.takesBody())
    return silentMs >= bodyIdleTimeoutMs ? new Problem('bad_request', { reason: 'body_idle' }) : undefined;
  if (head === undefined)
    return nowMs - (sentAtMs ?? waiting.movedAtMs) >= timeoutMs ? new Problem('upstream_timeout') : undefined;
  if (exchange.res.writableNeedDrain || isStream) return undefined;
  return silentMs >= timeoutMs ? new Problem('upstream_timeout') : undefined;
}
