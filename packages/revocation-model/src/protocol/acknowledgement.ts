import type { Action } from '../system.ts';
import { ledgerWindowTicks } from './authority-steps.ts';
import { namesAnother } from './ledger.ts';
import type { Protocol } from './protocol.ts';
import { phases } from './state.ts';

/** The ways in which the DELETE can be acknowledged: the fast path, the slow path, and the ways of older wordings. */
export function createAcknowledgements(protocol: Protocol): Action[] {
  const { state, rules, bounds } = protocol;
  const { deletion, ledger, renewers } = state;
  const waitTicks = bounds.leaseTicks + bounds.driftTicks;
  const asksInstances = bounds.outageTicks > 0 && rules.slowPathAsksInstances;
  const fast = acknowledgeIf(
    () =>
      rules.ledgerChecked
        ? `The ledger names no generation other than ${deletion.marked} in the last ${ledgerWindowTicks(protocol)} ticks: the DELETE is acknowledged.`
        : 'The mark is set: the DELETE is acknowledged.',
    hasFastPath,
  );
  const slow = acknowledgeIf(
    () =>
      asksInstances
        ? 'Every registered instance has moved on: the DELETE is acknowledged.'
        : `${waitTicks} ticks have passed: the DELETE is acknowledged.`,
    () => (asksInstances ? haveInstancesMovedOn() : deletion.waitLeft === 0),
  );
  const withoutProof = acknowledgeIf(
    () => 'The DELETE is acknowledged right after the commit.',
    () => true,
  );
  const repeated = acknowledgeIf(
    () => 'The DELETE is repeated; the row already says revoked, so the repetition is acknowledged.',
    () => true,
  );
  return [
    fast,
    ...(bounds.hasSlowPath ? [slow] : []),
    ...(rules.acknowledgementNeedsProof ? [] : [withoutProof]),
    ...(rules.repeatedDeleteWaits ? [] : [repeated]),
  ];

  function hasFastPath(): boolean {
    if (deletion.marked === 0) return false;
    if (!rules.ledgerChecked) return true;
    if (!rules.ledgerAfterCommit) return deletion.ledgerRead === deletion.marked;
    if (!rules.ledgerNamesGenerations) return renewers.every(({ rowLeft }, index) => index === 0 || rowLeft === 0);
    if (!rules.rowsInserted) {
      return renewers.every(({ rowLeft, rowGeneration }) => rowLeft === 0 || rowGeneration === deletion.marked);
    }
    return !namesAnother(ledger, deletion.marked);
  }

  /**
   * Every instance has left the register, has said so in a row that is old enough, or has been silent for longer than
   * any lease of its own.
   */
  function haveInstancesMovedOn(): boolean {
    for (const { hasLeft, movedOn, rowLeft } of renewers) {
      if (hasLeft === 0 && movedOn !== 1 && rowLeft !== 0) return false;
    }
    return true;
  }

  /**
   * Urgent: acknowledging as soon as it is allowed preserves every violation. A request that begins after a later
   * acknowledgement also begins after this one. The search only loses marks that the DELETE would have set in between,
   * and a marker never makes another step possible, it only makes requests refused.
   */
  function acknowledgeIf(describe: () => string, isAllowed: () => boolean): Action {
    return {
      isFault: false,
      isUrgent: true,
      describe,
      step: () => {
        if (deletion.phase !== phases.committed || !isAllowed()) return false;
        deletion.phase = phases.acknowledged;
        deletion.waitLeft = 0;
        deletion.marked = 0;
        deletion.ledgerRead = 0;
        return true;
      },
    };
  }
}
