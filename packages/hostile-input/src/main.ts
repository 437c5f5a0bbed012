/**
 * Sends running gateways every kind of hostile input, and judges each input from three sides: the bytes that come back,
 * the bytes that the upstream sees, and whether the gateway goes on. Then it searches the output and the stores of the
 * run for the keys that it used. Prints a table by family, and as its last line how many families, planted holes and
 * searches passed and failed; exits with 1 on a finding.
 */

import { readArguments } from '@engagetrack/test-ground';
import { families } from './families/index.ts';
import { findPlantedHoles, type HoleResult } from './find-planted-holes.ts';
import { familyTable, findingLines, holeLine, sweepLines } from './report.ts';
import type { FamilyResult } from './run-family.ts';
import { lanesFor, runLanes } from './run-lanes.ts';
import { startTarget, type Target } from './start-target.ts';
import { type SweepResult, sweepTarget } from './sweep-target.ts';

const usage = 'usage: test:hostile [--inputs 110000] [--family NAME ...] [--holes | --no-holes] [--seed N]';
const seedMax = 2 ** 31;
const findingsMax = 200;

const values = readArguments(
  {
    allowNegative: true,
    options: {
      inputs: { type: 'string', default: '110000' },
      family: { type: 'string', multiple: true, default: [] },
      // Only the planted holes; with `--no-holes`, everything but them.
      holes: { type: 'boolean' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * seedMax)) },
    },
  },
  usage,
);
const [inputs = NaN, seed = NaN] = [values.inputs, values.seed].map(Number);
const chosen = families.filter(({ name }) => values.family.length === 0 || values.family.includes(name));
if (!(inputs > 0) || Number.isNaN(seed) || chosen.length === 0) {
  console.error(`${usage}\nfamilies: ${families.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const withFamilies = values.holes !== true;
const withHoles = values.holes ?? values.family.length === 0;
const results: FamilyResult[] = [];
const holes: HoleResult[] = [];
const sweeps: SweepResult[] = [];
const targets: Target[] = [];
try {
  const first = await addTarget();
  if (withFamilies) {
    while (targets.length < lanesFor(inputs)) await addTarget();
    const tell = ({ name, inputs, findings, seconds }: FamilyResult) => {
      console.log(`${name}: ${inputs} inputs, ${findings.length} findings, ${seconds.toFixed(1)} s`);
      // The end of a run repeats all findings; these lines show them during a long run.
      for (const line of findingLines(findings)) console.log(line);
    };
    results.push(...(await runLanes(targets, { families: chosen, inputs, seed, findingsMax, tell })));
  }
  if (withHoles)
    for await (const result of findPlantedHoles(first, seed)) {
      holes.push(result);
      console.log(holeLine(result));
    }
  if (withFamilies) for (const target of targets) sweeps.push(await sweepTarget(target));
} finally {
  for (const target of targets) await target.stop();
}

const skipped = chosen.flatMap((family) =>
  family.skipped === undefined ? [] : [`${family.name} skipped: ${family.skipped}`],
);
const findings = results.flatMap((result) => result.findings);
const lines = [...(withFamilies ? familyTable(results) : []), ...skipped, ...findingLines(findings)];
lines.push(...sweeps.flatMap(sweepLines), `seed ${seed}`);
for (const line of lines) console.log(line);
const failed =
  results.filter((result) => result.findings.length > 0).length +
  holes.filter(({ foundAfter }) => foundAfter === undefined).length +
  sweeps.filter(({ leaks }) => leaks.length > 0).length;
console.log(`${results.length + holes.length + sweeps.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function addTarget(): Promise<Target> {
  const target = await startTarget();
  targets.push(target);
  return target;
}
