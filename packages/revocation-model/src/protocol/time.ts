import { type Action, usualAction } from '../system.ts';
import { ageLedger } from './ledger.ts';
import { cyclePrograms, programs } from './programs.ts';
import type { Protocol } from './protocol.ts';
import type { DataSet, Renewer } from './state.ts';

/** One tick passes on all clocks, which run at one rate. Everything counted down is one tick nearer to its end. */
export function createPassingOfTime(protocol: Protocol): Action {
  const { state, rules } = protocol;
  const { redisA, redisB, renewers, deletion, ledger, late } = state;
  const orders = cyclePrograms(rules);
  return usualAction(
    () => 'A tick passes.',
    () => {
      ageData(redisA.live);
      ageData(redisA.disk);
      ageData(redisB.live);
      ageData(redisB.disk);
      if (redisA.promotableLeft > 0) redisA.promotableLeft -= 1;
      if (redisB.promotableLeft > 0) redisB.promotableLeft -= 1;
      for (const renewer of renewers) ageRenewer(renewer);
      if (deletion.waitLeft > 0) deletion.waitLeft -= 1;
      if (late.until > 0) late.until -= 1;
      ageLedger(ledger);
      return true;
    },
  );

  function ageRenewer(renewer: Renewer): void {
    if (renewer.until > 0 && !isOnItsWay(renewer)) renewer.until -= 1;
    if (renewer.snapshotUntil > 0) renewer.snapshotUntil -= 1;
    if (renewer.rowLeft > 0) renewer.rowLeft -= 1;
    if (renewer.movedOn > 1) renewer.movedOn -= 1;
    if (renewer.leaseLeft > 0) renewer.leaseLeft -= 1;
  }

  /** Older wording: the last command carries a relative expiry, which does not shrink while the command is delayed. */
  function isOnItsWay({ program, step }: Renewer): boolean {
    if (rules.absoluteExpiry) return false;
    const order = program === programs.reload ? orders.reload : orders.extension;
    return program !== programs.none && step === order.length - 1;
  }
}

function ageData(data: DataSet): void {
  if (data.until > 0) data.until -= 1;
}
