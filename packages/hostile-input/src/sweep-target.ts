import { artefactsOfProcesses, artefactsOfStores, sweepForKeys } from './leak-sweep.ts';
import type { Target } from './start-target.ts';

export interface SweepResult {
  /** The places that were searched. */
  readonly searched: string;
  readonly leaks: readonly string[];
}

/** Searches a run for the keys that it used: all output, and the contents of the stores at its end. */
export async function sweepTarget(target: Target): Promise<SweepResult> {
  const { product, keys, watch } = target;
  const left = new Map([...(await artefactsOfProcesses(product)), ...(await artefactsOfStores(target))]);
  const used = [keys.full, keys.narrow, keys.revoked, keys.other];
  const places = [...left.keys()].filter((place) => place !== 'process output').join(', ');
  return {
    searched: `${watch.bytes()} bytes of process output, ${places}`,
    leaks: [...new Set([...watch.leaks(), ...sweepForKeys(used, left)])],
  };
}
