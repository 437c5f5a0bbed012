import type { Design } from './design.ts';
import { type DesignState, entries, type MarkerData, type TableGateway } from './state.ts';

/**
 * Chooses one of all states that differ only in data that is never read again:
 * - a witness whose lease is over is no witness;
 * - the data on disk does not matter when nothing restarts any more, nor a replica's data when none is promoted;
 * - an entry or a look-up that the floor forbids to use is none;
 * - gateways run the same program, so exchanging two of them changes nothing.
 */
export function createDesignCanonicalForm(design: Design, state: DesignState): () => void {
  const { gateways, hosts, faults } = state;
  return () => {
    for (const { live, disk, isPrimary } of hosts) {
      if (faults.restarts === 0) clear(disk);
      if (isPrimary === 0 && faults.failovers === 0) clear(live);
      forgetOver(live);
      forgetOver(disk);
    }
    for (const gateway of gateways) forgetUnusable(gateway);
    const [first, second] = gateways;
    if (first !== undefined && second !== undefined && rank(first) < rank(second)) swap(first, second);
  };

  function forgetOver(data: MarkerData): void {
    if (design.leaseTicks > 0 && data.witnessLeft === 0) data.witness = 0;
  }

  function forgetUnusable(gateway: TableGateway): void {
    if (!design.hasEntryFloor) return;
    if (gateway.entry === entries.active && gateway.entryAge >= design.markerTicks) {
      gateway.entry = entries.none;
      gateway.entryAge = 0;
    }
    if (gateway.lookupAge >= design.markerTicks) {
      gateway.lookup = 0;
      gateway.lookupAge = 0;
    }
  }
}

function clear(data: MarkerData): void {
  data.marker = 0;
  data.markerLeft = 0;
  data.witness = 0;
  data.witnessLeft = 0;
}

function rank({ entry, entryAge, lookup, lookupAge, announcement }: TableGateway): number {
  return (((entry * 4 + entryAge) * 2 + lookup) * 4 + lookupAge) * 4 + announcement;
}

function swap(first: TableGateway, second: TableGateway): void {
  const { entry, entryAge, lookup, lookupAge, announcement } = first;
  Object.assign(first, { ...second, name: first.name });
  Object.assign(second, { entry, entryAge, lookup, lookupAge, announcement });
}
