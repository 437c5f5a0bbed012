import { type Action, usualAction } from '../system.ts';
import { programs } from './programs.ts';
import type { Protocol } from './protocol.ts';
import type { Renewer } from './state.ts';

/** A clean stop, and a start as a new instance that remembers nothing. Its ledger rows stay where they are. */
export function createRegisterActions({ rules }: Protocol, renewer: Renewer): Action[] {
  const leave = usualAction(
    () => `${renewer.name} stops cleanly and leaves the register.`,
    () => {
      if (renewer.hasLeft === 1 || renewer.program !== programs.none) return false;
      if (rules.leaveAfterLease && renewer.leaseLeft > 0) return false;
      renewer.hasLeft = 1;
      renewer.leaseLeft = 0;
      renewer.confirmed = 0;
      renewer.snapshotGeneration = 0;
      renewer.snapshotUntil = 0;
      renewer.hasFinished = 0;
      renewer.movedOn = 0;
      renewer.rowLeft = 0;
      return true;
    },
  );
  const join = usualAction(
    () => `${renewer.name} starts again and joins the register.`,
    () => {
      if (renewer.hasLeft === 0) return false;
      renewer.hasLeft = 0;
      return true;
    },
  );
  return [leave, join];
}
