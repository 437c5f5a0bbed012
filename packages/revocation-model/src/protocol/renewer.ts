import { type Action, usualAction } from '../system.ts';
import { authoritySteps } from './authority-steps.ts';
import { createStepPlaces, endCycle } from './cycle.ts';
import { cyclePrograms, programs } from './programs.ts';
import type { Protocol } from './protocol.ts';
import { createRedisSteps } from './redis-steps.ts';
import { createRegisterActions } from './register.ts';
import { lateKinds, type Renewer } from './state.ts';
import { createLeaseOf } from './step-parts.ts';

/**
 * The renewal of one key service instance. It can begin a cycle at any time (also when none is needed, and while
 * others run theirs), pause between any two steps for any time, and give up at any time. Each command may reach any
 * Redis process, as if the client had reconnected: the scripts must make the wrong process refuse it.
 *
 * A crash equals giving up: an instance only uses its memory to leave out a marker or to extend, so losing it adds
 * nothing.
 */
export function createRenewerActions(protocol: Protocol, renewer: Renewer): Action[] {
  const { state, bounds } = protocol;
  const { late } = state;
  const leaseOf = createLeaseOf(protocol);
  const orders = cyclePrograms(protocol.rules);
  const redisSteps = createRedisSteps(protocol);
  const steps = createStepPlaces(protocol, renewer, orders).flatMap((place) => [
    ...redisSteps(place),
    ...authoritySteps(protocol, place),
  ]);
  const giveUp = usualAction(
    () => `${renewer.name} gives up its cycle.`,
    () => {
      if (renewer.program === programs.none) return false;
      endCycle(renewer);
      return true;
    },
  );
  const giveUpLate = usualAction(
    () => `${renewer.name} gives up its cycle while its last command is still on its way.`,
    () => {
      if (late.kind !== lateKinds.none || !isLastStep()) return false;
      late.kind = renewer.program === programs.reload ? lateKinds.witness : lateKinds.extend;
      late.generation = renewer.generation;
      late.until = leaseOf(renewer.until);
      endCycle(renewer);
      return true;
    },
  );
  return [
    ...steps,
    giveUp,
    ...(bounds.lateCommands > 0 ? [giveUpLate] : []),
    ...(bounds.instancesLeave ? createRegisterActions(protocol, renewer) : []),
  ];

  function isLastStep(): boolean {
    const { program, step } = renewer;
    if (program === programs.none) return false;
    if (program === programs.outage) return step === orders.outage.length - 1;
    return step === (program === programs.reload ? orders.reload : orders.extension).length - 1;
  }
}
