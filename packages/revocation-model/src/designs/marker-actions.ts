import { type Action, usualAction } from '../system.ts';
import type { Design } from './design.ts';
import { type DesignState, deletionPhases, type MarkerData, type MarkerHost } from './state.ts';

/** A witness without a lease is valid for ever. */
export function isTrustedHost(design: Design, { live, process }: MarkerHost): boolean {
  if (design.witness === 'none') return true;
  if (design.leaseTicks > 0 && live.witnessLeft === 0) return false;
  return design.witness === 'plain' ? live.witness !== 0 : live.witness === process;
}

/** Redis as it was used before the protocol: markers by plain SET, a witness, reloads, restarts, failover. */
export function createMarkerActions(design: Design, state: DesignState): Action[] {
  const { cycle, deletion, faults, hosts } = state;
  return hosts.flatMap((host, index) => {
    const other = hosts.find((candidate) => candidate !== host);
    return [
      ...(design.witness === 'none'
        ? []
        : [takeSnapshot(host, index), writeMarkers(host, index), setWitness(host, index)]),
      ...(design.restarts > 0 ? [restart(host)] : []),
      ...(design.restartsWithOlderData ? [save(host)] : []),
      ...(other === undefined ? [] : [replicate(host, other), failOver(host, other)]),
    ];
  });

  /** Without a lease only a Redis that is not trusted is reloaded; with one, cycles go on all the time. */
  function takeSnapshot(host: MarkerHost, index: number): Action {
    return usualAction(
      () =>
        `The reloader takes a snapshot for ${host.name}, which ${sees() ? 'shows' : 'does not show'} the revocation.`,
      () => {
        if (cycle.step !== 0 || host.isPrimary === 0) return false;
        if (design.leaseTicks === 0 && isTrustedHost(design, host)) return false;
        cycle.step = 1;
        cycle.host = index;
        cycle.process = design.bindsReload ? host.process : 0;
        cycle.sees = sees() ? 1 : 0;
        cycle.left = design.leaseTicks;
        return true;
      },
    );
  }

  function writeMarkers(host: MarkerHost, index: number): Action {
    return usualAction(
      () => `The reloader writes the markers of its snapshot to ${host.name}.`,
      () => {
        if (cycle.step !== 1 || cycle.host !== index) return false;
        if (!isAccepted(host)) return endCycle();
        if (cycle.sees === 1) setMarker(host.live);
        cycle.step = 2;
        return true;
      },
    );
  }

  function setWitness(host: MarkerHost, index: number): Action {
    return usualAction(
      () => `The reloader sets the witness of ${host.name}.`,
      () => {
        if (cycle.step !== 2 || cycle.host !== index) return false;
        if (isAccepted(host) && (design.leaseTicks === 0 || cycle.left > 0)) {
          host.live.witness = design.witness === 'plain' ? 1 : host.process;
          host.live.witnessLeft = cycle.left;
        }
        return endCycle();
      },
    );
  }

  function isAccepted(host: MarkerHost): boolean {
    return !design.bindsReload || cycle.process === host.process;
  }

  function endCycle(): boolean {
    cycle.step = 0;
    cycle.host = 0;
    cycle.process = 0;
    cycle.sees = 0;
    cycle.left = 0;
    return true;
  }

  function sees(): boolean {
    return deletion.phase >= deletionPhases.committed;
  }

  function setMarker(data: MarkerData): void {
    data.marker = 1;
    data.markerLeft = design.markerTicks;
  }

  function restart(host: MarkerHost): Action {
    return {
      ...usualAction(
        () =>
          `${host.name} crashes and restarts ${design.restartsWithOlderData ? 'with the data it had saved last' : 'empty'}.`,
        () => {
          if (faults.restarts === 0) return false;
          faults.restarts -= 1;
          if (design.restartsWithOlderData) copy(host.disk, host.live);
          else copy({ marker: 0, markerLeft: 0, witness: 0, witnessLeft: 0 }, host.live);
          host.process += 1;
          return true;
        },
      ),
      isFault: true,
    };
  }

  function save(host: MarkerHost): Action {
    return usualAction(
      () => `${host.name} saves its data to disk.`,
      () => {
        if (faults.restarts === 0) return false;
        copy(host.live, host.disk);
        return true;
      },
    );
  }

  function replicate(host: MarkerHost, other: MarkerHost): Action {
    return usualAction(
      () => `${host.name} catches up with the replication from ${other.name}.`,
      () => {
        if (host.isPrimary === 1 || other.isPrimary === 0) return false;
        copy(other.live, host.live);
        return true;
      },
    );
  }

  function failOver(host: MarkerHost, other: MarkerHost): Action {
    return {
      ...usualAction(
        () =>
          `Failover: ${host.name} is promoted; ${other.name} is cut off and still answers every client that reaches it.`,
        () => {
          if (host.isPrimary === 1 || faults.failovers === 0) return false;
          faults.failovers -= 1;
          host.isPrimary = 1;
          return true;
        },
      ),
      isFault: true,
    };
  }
}

function copy(from: MarkerData, to: MarkerData): void {
  to.marker = from.marker;
  to.markerLeft = from.markerLeft;
  to.witness = from.witness;
  to.witnessLeft = from.witnessLeft;
}
