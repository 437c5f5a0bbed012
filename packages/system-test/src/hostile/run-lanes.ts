import type { Family } from './hostile-input.ts';
import { type FamilyResult, runFamily } from './run-family.ts';
import { shareInputs } from './share-inputs.ts';
import type { Target } from './start-target.ts';
import { keepUpstreamLedger } from './upstream-ledger.ts';

export interface LanesRun {
  readonly families: readonly Family[];
  /** Of all targets together. */
  readonly inputs: number;
  readonly seed: number;
  /** After so many findings at one target a family has said what it has to say. */
  readonly findingsMax: number;
  /** Told of each family that a target is done with. */
  readonly tell: (result: FamilyResult) => void;
}

const inputsPerLane = 1_000_000;
const lanesMax = 4;

/** A gateway refuses strangers at a pace, so a million inputs take it twenty minutes; more of them go to several at once. */
export function lanesFor(inputs: number): number {
  return Math.min(lanesMax, Math.ceil(inputs / inputsPerLane));
}

/** Sends each target its share of the inputs, by a seed of its own, all targets at once. @returns one result for a family. */
export async function runLanes(targets: readonly Target[], run: LanesRun): Promise<readonly FamilyResult[]> {
  const inputs = Math.ceil(run.inputs / targets.length);
  const lanes = await Promise.all(
    targets.map((target, lane) => runLane(target, { ...run, inputs, seed: run.seed + lane })),
  );
  const byFamily = Map.groupBy(lanes.flat(), ({ name }) => name);
  return [...byFamily].map(([name, results]) => ({
    name,
    inputs: sum(results.map((result) => result.inputs)),
    forwarded: sum(results.map((result) => result.forwarded)),
    seconds: Math.max(...results.map((result) => result.seconds)),
    findings: results.flatMap((result) => result.findings),
  }));
}

async function runLane(
  target: Target,
  { families, inputs, seed, findingsMax, tell }: LanesRun,
): Promise<FamilyResult[]> {
  const ledger = keepUpstreamLedger(target.upstream);
  const results: FamilyResult[] = [];
  for (const { family, inputsMax } of shareInputs(families, inputs)) {
    const left = inputs - sum(results.map((result) => result.inputs));
    const result = await runFamily(family, { target, ledger, seed, inputsMax: Math.min(inputsMax, left), findingsMax });
    results.push(result);
    tell(result);
  }
  return results;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
