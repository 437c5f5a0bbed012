import { Problem } from '@engagetrack/contracts';
import { createLine } from '@engagetrack/service-chassis';
import type { GatewayLimits } from '../limits.ts';
import { type Forwarding, giveUp } from './forwarding.ts';

/**
 * The deadlines of the exchanges that are being forwarded: one sweep over all of them.
 *
 * A process that stood still judges nobody by the time in which it did not look: a sweep counts for twice its interval at
 * most.
 */
export interface Deadlines {
  /** Milliseconds, for what happens from here on: up to one sweep ahead, so that no deadline comes too early. */
  now(): number;
  /** @returns a function that ends the watch. */
  watch(forwarding: Forwarding): () => void;
  stop(): void;
}

/** Milliseconds. A deadline is noticed up to so much later. */
const sweepMs = 100;

/** The deadlines that are the same for every route. */
export type ExchangeLimits = Pick<GatewayLimits, 'bodyIdleTimeoutMs' | 'connectTimeoutMs' | 'exchangeTimeoutMs'>;

/** @param monotonicNow a clock that never steps, milliseconds. */
export function createDeadlines(limits: ExchangeLimits, monotonicNow: () => number): Deadlines {
  const watched = createLine<Forwarding>();
  let sweptMs = 0;
  let lookedAtMs = monotonicNow();
  const timer = setInterval(() => {
    const nowMs = monotonicNow();
    sweptMs += Math.min(Math.max(nowMs - lookedAtMs, sweepMs), 2 * sweepMs);
    lookedAtMs = nowMs;
    for (const forwarding of watched) {
      const problem = judgeDeadlines(forwarding, sweptMs, limits);
      if (problem !== undefined) giveUp(forwarding, problem);
    }
  }, sweepMs);
  timer.unref();
  return {
    now: () => sweptMs + sweepMs,
    watch: watched.join,
    stop: () => clearInterval(timer),
  };
}

/** What an exchange is waiting for: the reason and the length of its silence decide what the caller is told. */
export type Waiting = Pick<
  Forwarding,
  'dialledAtMs' | 'exchange' | 'head' | 'isConnected' | 'movedAtMs' | 'route' | 'sentAtMs' | 'startedAtMs' | 'transport'
>;

/** @returns the problem of an exchange that is over a deadline. */
export function judgeDeadlines(waiting: Waiting, nowMs: number, limits: ExchangeLimits): Problem | undefined {
  const { route, exchange, head, sentAtMs, transport } = waiting;
  const { timeoutMs, isStream } = route;
  if (!isStream && nowMs - waiting.startedAtMs >= limits.exchangeTimeoutMs)
    return new Problem('upstream_timeout', { reason: 'exchange_timeout' });
  if (!waiting.isConnected)
    return nowMs - waiting.dialledAtMs >= limits.connectTimeoutMs
      ? new Problem('upstream_unreachable', { reason: 'upstream_connect_timeout' })
      : undefined;
  const silentMs = nowMs - waiting.movedAtMs;
  // A caller that sends nothing or takes nothing is not the upstream's fault.
  if (sentAtMs === undefined && transport?.takesBody())
    return silentMs >= limits.bodyIdleTimeoutMs ? new Problem('bad_request', { reason: 'body_idle' }) : undefined;
  if (head === undefined)
    return nowMs - (sentAtMs ?? waiting.movedAtMs) >= timeoutMs ? new Problem('upstream_timeout') : undefined;
  if (exchange.res.writableNeedDrain || isStream) return undefined;
  return silentMs >= timeoutMs ? new Problem('upstream_timeout') : undefined;
}
