import { type Action, usualAction } from '../system.ts';
import type { Design } from './design.ts';
import { announcements, type DesignState, deletionPhases, entries, type TableGateway } from './state.ts';

/** The actions of a gateway's table: look-ups, expiry, announcements and heartbeats. */
export function createTableActions(design: Design, state: DesignState, gateway: TableGateway): Action[] {
  const { deletion } = state;
  const { name } = gateway;
  const read = usualAction(
    () => `A look-up of ${name} reads "active" from the authority.`,
    () => {
      if (deletion.phase >= deletionPhases.committed || gateway.lookup === 1) return false;
      gateway.lookup = 1;
      gateway.lookupAge = 0;
      return true;
    },
  );
  const store = usualAction(
    () => `The look-up of ${name} stores what it read.`,
    () => {
      if (gateway.lookup === 0) return false;
      if (gateway.entry !== entries.tombstone) {
        gateway.entry = entries.active;
        gateway.entryAge = gateway.lookupAge;
      }
      gateway.lookup = 0;
      gateway.lookupAge = 0;
      return true;
    },
  );
  const expire = usualAction(
    () => `The entry of ${name} expires.`,
    () => {
      if (gateway.entry !== entries.active) return false;
      gateway.entry = entries.none;
      gateway.entryAge = 0;
      return true;
    },
  );
  const deliver = usualAction(
    () =>
      `The announcement reaches ${name}, which ${design.leavesTombstones ? 'leaves a tombstone' : 'drops its entry'}.`,
    () => {
      if (gateway.announcement !== announcements.onItsWay) return false;
      gateway.announcement = announcements.gone;
      gateway.entry = design.leavesTombstones ? entries.tombstone : entries.none;
      gateway.entryAge = 0;
      return true;
    },
  );
  const lose: Action = {
    ...usualAction(
      () => `The announcement to ${name} is lost.`,
      () => {
        if (gateway.announcement !== announcements.onItsWay) return false;
        gateway.announcement = announcements.gone;
        return true;
      },
    ),
    isFault: true,
  };
  const resync = usualAction(
    () => `A heartbeat shows ${name} that it has missed an announcement: it drops its table and its look-ups.`,
    () => {
      if (gateway.announcement === announcements.none) return false;
      if (gateway.entry === entries.none && gateway.lookup === 0) return false;
      gateway.entry = entries.none;
      gateway.entryAge = 0;
      gateway.lookup = 0;
      gateway.lookupAge = 0;
      return true;
    },
  );
  return [
    read,
    store,
    expire,
    ...(design.announces ? [deliver] : []),
    ...(design.losesAnnouncements ? [lose] : []),
    ...(design.resyncs ? [resync] : []),
  ];
}
