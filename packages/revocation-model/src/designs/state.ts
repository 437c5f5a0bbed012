import type { BitReader, BitWriter } from '../bit-codec.ts';
import type { Design } from './design.ts';

/** Everything is a small integer. Fields that end in `left` are ticks until the thing is over. */
export interface DesignState {
  readonly gateways: readonly TableGateway[];
  readonly hosts: readonly MarkerHost[];
  readonly cycle: Cycle;
  readonly deletion: { phase: number; waitLeft: number };
  readonly faults: { restarts: number; failovers: number };
}

export const deletionPhases = { waiting: 0, committed: 1, marked: 2, acknowledged: 3 } as const;
export const entries = { none: 0, active: 1, tombstone: 2 } as const;
export const announcements = { none: 0, onItsWay: 1, gone: 2 } as const;

export interface TableGateway {
  readonly name: string;
  entry: number;
  /** Ticks since the look-up behind the entry began, up to the life of a marker. */
  entryAge: number;
  /** 1 while a look-up has read "active" and not stored it. */
  lookup: number;
  lookupAge: number;
  announcement: number;
}

export interface MarkerData {
  marker: number;
  markerLeft: number;
  /** 0 none, 1 there (plain), else the process it is bound to. */
  witness: number;
  witnessLeft: number;
}

export interface MarkerHost {
  readonly name: string;
  readonly live: MarkerData;
  readonly disk: MarkerData;
  /** Numbers every process of every host. */
  process: number;
  /** 1 when a gateway can reach it as a primary. */
  isPrimary: number;
}

/** A reload or renewal: snapshot, markers, witness. */
export interface Cycle {
  /** 0 none, 1 snapshot taken, 2 markers written. */
  step: number;
  host: number;
  process: number;
  sees: number;
  left: number;
}

export function createDesignState(design: Design): DesignState {
  const data = (): MarkerData => ({ marker: 0, markerLeft: 0, witness: 0, witnessLeft: 0 });
  const host = (name: string, index: number): MarkerHost => ({
    name,
    live: data(),
    disk: data(),
    // Processes 1 to 3 are on the first host, 4 to 6 on the second.
    process: 1 + 3 * index,
    isPrimary: index === 0 ? 1 : 0,
  });
  const hosts = [host('Redis A', 0), ...(design.failovers > 0 ? [host('Redis B', 1)] : [])];
  for (const { live, disk, process } of hosts.slice(0, 1)) {
    for (const copy of [live, disk]) {
      copy.witness = design.witness === 'process-bound' ? process : 1;
      copy.witnessLeft = design.leaseTicks;
    }
  }
  return {
    gateways: Array.from({ length: design.gateways }, (_, index) => ({
      name: `gateway ${index + 1}`,
      entry: 0,
      entryAge: 0,
      lookup: 0,
      lookupAge: 0,
      announcement: 0,
    })),
    hosts,
    cycle: { step: 0, host: 0, process: 0, sees: 0, left: 0 },
    deletion: { phase: 0, waitLeft: 0 },
    faults: { restarts: design.restarts, failovers: design.failovers },
  };
}

export function writeDesignState(state: DesignState, bits: BitWriter): void {
  for (const { entry, entryAge, lookup, lookupAge, announcement } of state.gateways) {
    bits.put(entry, 2);
    bits.put(entryAge, 2);
    bits.put(lookup, 1);
    bits.put(lookupAge, 2);
    bits.put(announcement, 2);
  }
  for (const { live, disk, process, isPrimary } of state.hosts) {
    for (const { marker, markerLeft, witness, witnessLeft } of [live, disk]) {
      bits.put(marker, 1);
      bits.put(markerLeft, 2);
      bits.put(witness, 3);
      bits.put(witnessLeft, 2);
    }
    bits.put(process, 3);
    bits.put(isPrimary, 1);
  }
  const { step, host, process, sees, left } = state.cycle;
  bits.put(step, 2);
  bits.put(host, 1);
  bits.put(process, 3);
  bits.put(sees, 1);
  bits.put(left, 2);
  bits.put(state.deletion.phase, 2);
  bits.put(state.deletion.waitLeft, 2);
  bits.put(state.faults.restarts, 2);
  bits.put(state.faults.failovers, 1);
}

export function readDesignState(state: DesignState, bits: BitReader): void {
  for (const gateway of state.gateways) {
    gateway.entry = bits.take(2);
    gateway.entryAge = bits.take(2);
    gateway.lookup = bits.take(1);
    gateway.lookupAge = bits.take(2);
    gateway.announcement = bits.take(2);
  }
  for (const host of state.hosts) {
    for (const data of [host.live, host.disk]) {
      data.marker = bits.take(1);
      data.markerLeft = bits.take(2);
      data.witness = bits.take(3);
      data.witnessLeft = bits.take(2);
    }
    host.process = bits.take(3);
    host.isPrimary = bits.take(1);
  }
  state.cycle.step = bits.take(2);
  state.cycle.host = bits.take(1);
  state.cycle.process = bits.take(3);
  state.cycle.sees = bits.take(1);
  state.cycle.left = bits.take(2);
  state.deletion.phase = bits.take(2);
  state.deletion.waitLeft = bits.take(2);
  state.faults.restarts = bits.take(2);
  state.faults.failovers = bits.take(1);
}
