import type { Rules } from '../rules.ts';
import type { Bounds } from './bounds.ts';
import { type FaultKind, type FaultsLeft, type ProtocolState, phases, roles } from './state.ts';

/** The parts that every action is built from: one working state, the rules that are on, and the bounds. */
export interface Protocol {
  readonly state: ProtocolState;
  readonly rules: Rules;
  readonly bounds: Bounds;
}

/** Ticks, the longest time that one field of the state can count down. Bounds that need more are an error. */
const ticksMax = 7;

/** A protocol in its start state: Redis A is the primary and empty, no instance has renewed, and the key is active. */
export function createProtocol(rules: Rules, bounds: Bounds): Protocol {
  const longestTicks = Math.max(bounds.leaseTicks, bounds.outageTicks);
  if (longestTicks + bounds.driftTicks > ticksMax || longestTicks + 2 * bounds.clockLeadTicks > ticksMax) {
    throw new RangeError(`A span of more than ${ticksMax} ticks does not fit into a state`);
  }
  if (1 + bounds.leaseTicks + bounds.driftTicks > ticksMax) {
    throw new RangeError(`A wait of more than ${ticksMax - 1} ticks does not fit into a state`);
  }
  const dataSet = () => ({ witness: 0, until: 0, token: 0, marker: 0 });
  const host = (name: string, role: number) => ({
    name,
    live: dataSet(),
    disk: dataSet(),
    scripts: 0,
    role,
    lead: bounds.clockLeadTicks,
    promotableLeft: 0,
  });
  const renewer = (_: unknown, index: number) => ({
    name: `instance ${index + 1}`,
    program: 0,
    step: 0,
    generation: 0,
    until: 0,
    sees: 0,
    confirmed: 0,
    snapshotGeneration: 0,
    snapshotUntil: 0,
    hasFinished: 0,
    rowLeft: 0,
    rowGeneration: 0,
    movedOn: 0,
    hasLeft: 0,
    leaseLeft: 0,
    hasPassed: 0,
  });
  const gateway = (_: unknown, index: number) => ({
    name: `gateway ${index + 1}`,
    hasEntry: 0,
    isFilling: 0,
    request: 0,
    hasAdmitted: 0,
  });
  const fault = (kind: FaultKind) => ({ left: bounds.faults[kind] ?? 0 });
  const faults: FaultsLeft = {
    kinds: {
      failover: fault('failover'),
      restart: fault('restart'),
      restartEmpty: fault('restartEmpty'),
      flushAll: fault('flushAll'),
      scriptFlush: fault('scriptFlush'),
      eviction: fault('eviction'),
      clockStepsBack: fault('clockStepsBack'),
    },
    total: bounds.faultsTotal,
  };

  return {
    rules,
    bounds,
    state: {
      redisA: host('Redis A', roles.primary),
      redisB: host('Redis B', roles.replica),
      renewers: Array.from({ length: bounds.renewers }, renewer),
      deletion: {
        phase: phases.waiting,
        waitLeft: 0,
        marked: 0,
        ledgerRead: 0,
        isPropagated: 0,
        isOvertaken: 0,
      },
      ledger: { left: 0 },
      late: { kind: 0, generation: 0, until: 0 },
      gateways: Array.from({ length: bounds.gateways }, gateway),
      faults,
    },
  };
}

/** The Redis hosts, each with the other one. */
export function hostPairs({ state }: Protocol) {
  return [
    { host: state.redisA, other: state.redisB },
    { host: state.redisB, other: state.redisA },
  ] as const;
}
