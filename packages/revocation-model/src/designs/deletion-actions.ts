import { type Action, usualAction } from '../system.ts';
import type { Design } from './design.ts';
import { announcements, type DesignState, deletionPhases, type MarkerHost } from './state.ts';

/** The DELETE of a design: commit, then marker or announcement, then the acknowledgement when the design allows it. */
export function createDeletionSteps(design: Design, state: DesignState): Action[] {
  const { deletion, gateways, hosts } = state;
  const { waiting, committed, marked, acknowledged } = deletionPhases;
  const commit = usualAction(
    () => 'The revocation is committed.',
    () => {
      if (deletion.phase !== waiting) return false;
      deletion.phase = committed;
      deletion.waitLeft = design.leaseTicks;
      return true;
    },
  );
  const announce = usualAction(
    () => 'The DELETE publishes the announcement.',
    () => {
      if (deletion.phase !== committed) return false;
      for (const gateway of gateways) gateway.announcement = announcements.onItsWay;
      deletion.phase = marked;
      return true;
    },
  );
  const mark = (host: MarkerHost): Action =>
    usualAction(
      () => `The DELETE sets the marker on ${host.name}.`,
      () => {
        const isNewest =
          host.isPrimary === 1 && hosts.every((later) => later.isPrimary === 0 || later.process <= host.process);
        if (deletion.phase !== committed || !isNewest) return false;
        host.live.marker = 1;
        host.live.markerLeft = design.markerTicks;
        deletion.phase = marked;
        return true;
      },
    );
  const acknowledge = usualAction(
    () => 'The DELETE is acknowledged.',
    () => {
      if (deletion.phase !== (design.announces || design.marks ? marked : committed)) return false;
      if (design.waitsForDelivery && gateways.some((gateway) => gateway.announcement !== announcements.gone))
        return false;
      if (deletion.waitLeft > 0) return false;
      deletion.phase = acknowledged;
      return true;
    },
  );
  return [commit, ...(design.announces ? [announce] : []), ...(design.marks ? hosts.map(mark) : []), acknowledge];
}
