import { createBitReader, createBitWriter } from '../bit-codec.ts';
import { type Action, type System, usualAction, wordsPerStateMax } from '../system.ts';
import { createDesignCanonicalForm } from './canonical-form.ts';
import { createDeletionSteps } from './deletion-actions.ts';
import type { Design } from './design.ts';
import { createTableActions } from './gateway-actions.ts';
import { createMarkerActions, isTrustedHost } from './marker-actions.ts';
import {
  createDesignState,
  type DesignState,
  deletionPhases,
  entries,
  type MarkerHost,
  readDesignState,
  type TableGateway,
  writeDesignState,
} from './state.ts';

/** One of the designs before the protocol, as a system to explore. */
export function createDesignSystem(design: Design): System {
  const state = createDesignState(design);
  const start = createBitWriter(wordsPerStateMax);
  writeDesignState(state, start);
  start.flush();
  const reader = createBitReader();
  const hasTime = design.leaseTicks > 0 || design.markerTicks > 0;
  return {
    starts: [
      () => {
        reader.restart(start.words, 0);
        readDesignState(state, reader);
      },
    ],
    actions: [
      ...createDeletionSteps(design, state),
      ...state.gateways.flatMap((gateway) => createTableActions(design, state, gateway)),
      ...createMarkerActions(design, state),
      ...(hasTime ? [passTime(design, state)] : []),
    ],
    write: (bits) => writeDesignState(state, bits),
    read: (bits) => readDesignState(state, bits),
    goals: [],
    canonicalize: createDesignCanonicalForm(design, state),
    isBroken: () =>
      state.deletion.phase === deletionPhases.acknowledged &&
      state.gateways.some((gateway) => isUsable(design, gateway) && state.hosts.some((host) => admits(design, host))),
    describeBroken: () => {
      const gateway = state.gateways.find((candidate) => isUsable(design, candidate));
      const host = state.hosts.find((candidate) => admits(design, candidate));
      return design.marks
        ? `The next request meets the entry of ${gateway?.name}; ${host?.name} says nothing against it: admitted.`
        : `The next request meets the entry of ${gateway?.name}: admitted.`;
    },
  };
}

function isUsable(design: Design, { entry, entryAge }: TableGateway): boolean {
  return entry === entries.active && !(design.hasEntryFloor && entryAge >= design.markerTicks);
}

/** A gateway's connection can be to any process that was ever promoted. */
function admits(design: Design, host: MarkerHost): boolean {
  if (!design.marks) return true;
  return host.isPrimary === 1 && host.live.marker === 0 && isTrustedHost(design, host);
}

function passTime(design: Design, { gateways, hosts, cycle, deletion }: DesignState): Action {
  return usualAction(
    () => 'A tick passes.',
    () => {
      for (const gateway of gateways) {
        const { entry, entryAge, lookup, lookupAge } = gateway;
        if (entry === entries.active && entryAge < design.markerTicks) gateway.entryAge += 1;
        if (lookup === 1 && lookupAge < design.markerTicks) gateway.lookupAge += 1;
      }
      for (const { live, disk } of hosts) {
        for (const data of [live, disk]) {
          if (data.witnessLeft > 0) data.witnessLeft -= 1;
          if (data.markerLeft === 0) continue;
          data.markerLeft -= 1;
          if (data.markerLeft === 0) data.marker = 0;
        }
      }
      if (cycle.left > 0) cycle.left -= 1;
      if (deletion.waitLeft > 0) deletion.waitLeft -= 1;
      return true;
    },
  );
}
