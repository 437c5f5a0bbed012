import type { StepPlace } from './cycle.ts';
import type { Protocol } from './protocol.ts';
import { createRedisReads, type RedisReads } from './redis.ts';
import type { RedisHost, Renewer } from './state.ts';

export interface HostPair {
  readonly host: RedisHost;
  readonly other: RedisHost;
}

/** The parts that the steps of a cycle share. */
export interface StepParts extends RedisReads {
  readonly protocol: Protocol;
  /** The longest span that counts from a cycle's TIME: L, or E with the outage extension. */
  readonly spanTicks: number;
  /** A script of the cycle's generation runs on this process (or, in the older wording, a command bound to nothing). */
  readonly runs: (host: RedisHost, generation: number) => boolean;
  /** The cycle's TIME is now, by this clock. */
  readonly beginLease: (renewer: Renewer, clock: RedisHost) => void;
  /** The expiry the cycle gives the witness: its TIME plus L. */
  readonly leaseOf: (renewer: Renewer, host: RedisHost) => number;
  /** The generation an extension is about to begin with, or is running with. */
  readonly generationAt: (place: StepPlace, host: RedisHost) => number;
}

export function createStepParts(protocol: Protocol): StepParts {
  const { rules, bounds } = protocol;
  const reads = createRedisReads(protocol);
  const spanTicks = longestSpanTicks(protocol);
  const leaseOf = createLeaseOf(protocol);
  return {
    ...reads,
    protocol,
    spanTicks,
    runs: (host, generation) => !rules.cycleBound || reads.hasScripts(host, generation),
    beginLease: (renewer, clock) => {
      renewer.until = spanTicks + clock.lead;
      if (bounds.instancesLeave) renewer.leaseLeft = bounds.leaseTicks + bounds.driftTicks;
    },
    leaseOf: (renewer, host) => (rules.leaseFromTime ? leaseOf(renewer.until) : bounds.leaseTicks + host.lead),
    generationAt: ({ isFirst, renewer }, host) => (isFirst ? host.live.witness : renewer.generation),
  };
}

export function longestSpanTicks({ bounds }: Protocol): number {
  return Math.max(bounds.leaseTicks, bounds.outageTicks);
}

/** Turns a cycle's `until` (TIME plus the longest span) into the expiry of its witness (TIME plus L). */
export function createLeaseOf(protocol: Protocol): (until: number) => number {
  const aheadTicks = longestSpanTicks(protocol) - protocol.bounds.leaseTicks;
  return (until) => (until > aheadTicks ? until - aheadTicks : 0);
}
