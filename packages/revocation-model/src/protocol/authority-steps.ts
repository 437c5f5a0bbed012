import { type Action, usualAction } from '../system.ts';
import type { StepPlace } from './cycle.ts';
import { noteRow } from './ledger.ts';
import type { Protocol } from './protocol.ts';
import { phases } from './state.ts';
import { longestSpanTicks } from './step-parts.ts';

/** The steps of a cycle that ask the authority: the ledger row and the snapshot. */
export function authoritySteps(protocol: Protocol, place: StepPlace): Action[] {
  if (place.name === 'row') return [commitRow(protocol, place)];
  if (place.name === 'snapshot') return [takeSnapshot(protocol, place)];
  return [];
}

/** Ticks that a ledger row speaks against the fast path of a DELETE for another generation. */
export function ledgerWindowTicks(protocol: Protocol): number {
  const { bounds, rules } = protocol;
  const spanTicks = rules.fastPathWindowOfOutage ? longestSpanTicks(protocol) : bounds.leaseTicks;
  return spanTicks + bounds.driftTicks;
}

function commitRow(protocol: Protocol, { renewer, isNext, advance }: StepPlace): Action {
  const { state, rules, bounds } = protocol;
  const { ledger, deletion } = state;
  const windowTicks = ledgerWindowTicks(protocol);
  const isOutageOn = bounds.outageTicks > 0;
  const areInstancesNamed = isOutageOn || !rules.rowsInserted || !rules.ledgerNamesGenerations;
  const instanceWindowTicks = longestSpanTicks(protocol) + bounds.driftTicks;
  return usualAction(
    () => `${renewer.name} commits the ledger row for generation ${renewer.generation}.`,
    () => {
      if (!isNext()) return false;
      noteRow(ledger, renewer.generation, windowTicks);
      if (areInstancesNamed) {
        renewer.rowLeft = instanceWindowTicks;
        renewer.rowGeneration = rules.rowsInserted ? 0 : renewer.generation;
      }
      const saysMovedOn = rules.movedOnByFinishedCycle
        ? renewer.hasFinished === 1
        : deletion.phase === phases.committed;
      if (isOutageOn && saysMovedOn && renewer.movedOn === 0) {
        renewer.movedOn = 1 + bounds.leaseTicks + bounds.driftTicks;
      }
      advance();
      return true;
    },
  );
}

function takeSnapshot({ state, rules }: Protocol, { renewer, isNext, isReload, advance }: StepPlace): Action {
  const { deletion } = state;
  const showsRevocation = (): boolean => {
    if (deletion.phase < phases.committed) return false;
    if (isReload) return true;
    // Older wordings: an extension looks only at revocations that are not yet propagated, or that lie beyond its
    // cursor.
    return (rules.markersUntilConfirmed || deletion.isPropagated === 0) && renewer.hasPassed === 0;
  };
  return usualAction(
    () =>
      `${renewer.name} takes its snapshot of the authority, which ${
        showsRevocation() ? 'shows' : 'does not show'
      } the revocation.`,
    () => {
      if (!isNext()) return false;
      renewer.sees = showsRevocation() ? 1 : 0;
      if (deletion.isOvertaken === 1 && deletion.phase < phases.committed) renewer.hasPassed = 1;
      advance();
      return true;
    },
  );
}
