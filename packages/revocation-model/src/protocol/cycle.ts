import { type CyclePrograms, programs, type StepName } from './programs.ts';
import type { Protocol } from './protocol.ts';
import type { Renewer } from './state.ts';

/** A step at its place in a program: when this instance takes it, and which step follows. */
export interface StepPlace {
  readonly name: StepName;
  readonly renewer: Renewer;
  readonly isReload: boolean;
  readonly isFirst: boolean;
  readonly isNext: () => boolean;
  /** The step is done. The cycle goes on, or ends after its last step. */
  readonly advance: () => void;
}

export function createStepPlaces(protocol: Protocol, renewer: Renewer, orders: CyclePrograms): StepPlace[] {
  const { bounds } = protocol;
  const { none, reload, extension, outage } = programs;
  return [
    ...placesOf(reload, orders.reload),
    ...placesOf(extension, orders.extension),
    ...(bounds.outageTicks > 0 ? placesOf(outage, orders.outage) : []),
  ];

  function placesOf(program: number, order: readonly StepName[]): StepPlace[] {
    return order.map((name, at) => ({
      name,
      renewer,
      isReload: program === reload,
      isFirst: at === 0,
      isNext:
        at === 0
          ? () => renewer.program === none && renewer.hasLeft === 0
          : () => renewer.program === program && renewer.step === at,
      advance: () => {
        renewer.program = program;
        renewer.step = at + 1;
        if (order[renewer.step] === 'markers' && hasNothingToWrite()) renewer.step += 1;
        if (order[renewer.step - 1] === 'markers') rememberSnapshot();
        if (renewer.step === order.length) {
          if (program !== outage) renewer.hasFinished = bounds.outageTicks > 0 ? renewer.sees : 0;
          endCycle(renewer);
        }
      },
    }));
  }

  function hasNothingToWrite(): boolean {
    return renewer.sees === 0 || (bounds.remembersConfirmed && renewer.confirmed === renewer.generation);
  }

  /** Every marker of the snapshot is confirmed on the generation: the outage extension may count on it. */
  function rememberSnapshot(): void {
    if (bounds.outageTicks > 0) {
      renewer.snapshotGeneration = renewer.generation;
      renewer.snapshotUntil = renewer.until;
    }
    if (bounds.remembersConfirmed && renewer.sees === 1) renewer.confirmed = renewer.generation;
  }
}

export function endCycle(renewer: Renewer): void {
  renewer.program = programs.none;
  renewer.step = 0;
  renewer.generation = 0;
  renewer.until = 0;
  renewer.sees = 0;
}
