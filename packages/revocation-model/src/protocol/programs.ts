import type { Rules } from '../rules.ts';

/** One step of a cycle. Each is an action of its own, so anything can happen between any two. */
export type StepName =
  | 'load' // SCRIPT LOAD of the scripts of a generation
  | 'token' // a script sets the token and returns TIME
  | 'read' // the generation is learned by reading the witness (only where the older wording needs it first)
  | 'time' // a script that checks the witness returns TIME
  | 'row' // the ledger row is committed
  | 'snapshot' // a new transaction takes the snapshot of the authority
  | 'markers' // the marker is written, if the snapshot shows the revocation
  | 'witness' // a script sets the witness
  | 'extend' // a script extends the witness
  | 'outageTime'; // TIME for an extension without the authority

/** The program a renewer runs; 0 is none. */
export const programs = { none: 0, reload: 1, extension: 2, outage: 3 } as const;

export interface CyclePrograms {
  readonly reload: readonly StepName[];
  readonly extension: readonly StepName[];
  readonly outage: readonly StepName[];
}

/** The order of the steps: TIME, ledger row committed, snapshot, markers, witness; or an older wording of it. */
export function cyclePrograms(rules: Rules): CyclePrograms {
  const outage: StepName[] = ['outageTime', 'extend'];
  if (!rules.timeBeforeRow) {
    return {
      reload: ['load', 'row', 'token', 'snapshot', 'markers', 'witness'],
      extension: ['read', 'row', 'time', 'snapshot', 'markers', 'extend'],
      outage,
    };
  }
  const authority: StepName[] = rules.rowBeforeSnapshot ? ['row', 'snapshot'] : ['snapshot', 'row'];
  return {
    reload: rules.scriptsFirst
      ? ['load', 'token', ...authority, 'markers', 'witness']
      : ['token', ...authority, 'markers', 'load', 'witness'],
    extension: ['time', ...authority, 'markers', 'extend'],
    outage,
  };
}
