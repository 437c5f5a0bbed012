import type { Family } from './hostile-input.ts';
import { type FamilyResult, runFamily } from './run-family.ts';
import { shareInputs } from './share-inputs.ts';
import type { Target } from './start-target.ts';
import { keepUpstreamLedger } from './upstream-ledger.ts';

export interface LanesRun {
  readonly families: readonly Family[];
  /** The number of inputs, over all targets. */
  readonly inputs: number;
  readonly seed: number;
  /** The number of findings at one target after which a family ends. */
  readonly findingsMax: number;
  /** Called with each family that has ended at all targets. */
  readonly tell: (result: FamilyResult) => void;
}

const inputsPerLane = 1_000_000;
const lanesMax = 4;

/**
 * A gateway refuses unknown keys at the rate of a token bucket, so a million inputs take twenty minutes; more inputs
 * use several gateways at once.
 */
export function lanesFor(inputs: number): number {
  return Math.min(lanesMax, Math.ceil(inputs / inputsPerLane));
}

/**
 * Sends each target its share of a family's inputs, with a seed of its own, all targets at once, and then the next
 * family's.
 */
export async function runLanes(targets: readonly Target[], run: LanesRun): Promise<readonly FamilyResult[]> {
  const lanes = targets.map((target, lane) => ({
    target,
    ledger: keepUpstreamLedger(target.upstream),
    seed: run.seed + lane,
  }));
  const results: FamilyResult[] = [];
  for (const { family, inputsMax } of shareInputs(run.families, run.inputs)) {
    const left = run.inputs - sum(results.map(({ inputs }) => inputs));
    const used = family.isProcessorBound ? lanes.slice(0, 1) : lanes;
    const inputsOfEach = Math.ceil(Math.min(inputsMax, left) / used.length);
    const { findingsMax } = run;
    const result = merge(
      family.name,
      await Promise.all(used.map((lane) => runFamily(family, { ...lane, inputsMax: inputsOfEach, findingsMax }))),
    );
    results.push(result);
    run.tell(result);
  }
  return results;
}

function merge(name: string, results: readonly FamilyResult[]): FamilyResult {
  return {
    name,
    inputs: sum(results.map(({ inputs }) => inputs)),
    forwarded: sum(results.map(({ forwarded }) => forwarded)),
    seconds: Math.max(...results.map(({ seconds }) => seconds)),
    findings: results.flatMap(({ findings }) => findings),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
