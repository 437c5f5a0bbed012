import { type FaultKind, faultKinds } from './state.ts';

/** How large a model is explored. Runs are unbounded in length; these are the bounds of everything else. */
export interface Bounds {
  /** Key service instances that renew: 1 or 2. The DELETE is on one more, which never renews. */
  readonly renewers: number;
  /** L. A witness is valid for fewer than this many ticks after its TIME. */
  readonly leaseTicks: number;
  /** Ticks by which the ledger's window and the wait are longer than L. */
  readonly driftTicks: number;
  /** E, the outage extension; 0 when it is off. */
  readonly outageTicks: number;
  /** Ticks by which the clock of Redis B may differ from the clock of Redis A, either way. */
  readonly clockLeadTicks: number;
  /** Witness commands that are under way at once after their sender gave them up: 0 or 1. */
  readonly lateCommands: number;
  /** Gateways with a table of their own; 0 means a gateway that remembers the key for ever and asks any Redis at any time. */
  readonly gateways: number;
  /** How often each fault can happen in one run. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
  /** How many faults can happen in one run, all kinds together. */
  readonly faultsTotal: number;
  /** Instances remember on which generation they confirmed the marker, and skip it there. */
  readonly remembersConfirmed: boolean;
  /** Scripts compare the replication id: a process that was demoted in between is not trusted (the setting that closes X7). */
  readonly comparesReplicationId: boolean;
  /** Instances can leave the register (outage extension). */
  readonly instancesLeave: boolean;
  /** Off: the DELETE is acknowledged by the fast path only (to check that the fast path stays reachable). */
  readonly hasSlowPath: boolean;
  /** States that behave alike are merged (`canonical-form.ts`). Only while every rule is on. */
  readonly mergesAlike: boolean;
}

export const smallestBounds: Bounds = {
  renewers: 1,
  leaseTicks: 2,
  driftTicks: 0,
  outageTicks: 0,
  clockLeadTicks: 0,
  lateCommands: 0,
  gateways: 0,
  faults: {},
  faultsTotal: 3,
  remembersConfirmed: false,
  comparesReplicationId: false,
  instancesLeave: false,
  hasSlowPath: true,
  mergesAlike: true,
};

const faultWords: Readonly<Record<FaultKind, string>> = {
  failover: 'failover',
  restart: 'restart (empty or with older data)',
  restartEmpty: 'restart (empty)',
  flushAll: 'FLUSHALL',
  scriptFlush: 'SCRIPT FLUSH',
  eviction: 'eviction of a marker',
  clockStepsBack: 'a Redis clock stepping back',
};

/** The bounds in words, for the table. */
export function describeBounds(bounds: Bounds): string {
  const kinds = faultKinds.filter((kind) => (bounds.faults[kind] ?? 0) > 0);
  const possible = kinds.reduce((sum, kind) => sum + (bounds.faults[kind] ?? 0), 0);
  const counted = kinds.map((kind) => `${bounds.faults[kind]} ${faultWords[kind]}`).join(', ');
  const faults = kinds.length === 0 ? 'no fault' : counted;
  return [
    `${bounds.renewers} renewing + 1 deleting instance`,
    `L ${bounds.leaseTicks}, drift ${bounds.driftTicks}${bounds.outageTicks > 0 ? `, E ${bounds.outageTicks}` : ''} ticks`,
    faults + (possible > bounds.faultsTotal ? `, at most ${bounds.faultsTotal} of them` : ''),
    ...(bounds.clockLeadTicks > 0 ? [`clocks up to ${bounds.clockLeadTicks} tick apart`] : []),
    ...(bounds.lateCommands > 0 ? [`${bounds.lateCommands} command delivered after its sender gave up`] : []),
    ...(bounds.gateways > 0 ? [`${bounds.gateways} gateways with tables`] : []),
    ...(bounds.comparesReplicationId ? ['replication id compared'] : []),
    ...(bounds.remembersConfirmed ? ['instances remember what they confirmed'] : []),
    ...(bounds.instancesLeave ? ['instances leave and join'] : []),
    ...(bounds.hasSlowPath ? [] : ['fast path only']),
    'runs of any length',
  ].join('; ');
}
