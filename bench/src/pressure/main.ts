/**
 * Attacks a running gateway in several ways, and judges what good callers notice by the promise in bounds.ts. Prints a
 * line for each row and a table, and as its last line how many rows passed and failed; exits with 1 unless all passed.
 */
import { availableParallelism, loadavg } from 'node:os';
import { readArguments } from '@engagetrack/test-ground';
import { chooseCores } from '../load-kit/cores.ts';
import { measureFlood } from './measure-flood.ts';
import { measureWindow } from './measure-window.ts';
import { floodTable, type RowResult, rowLine, sumLine } from './report.ts';
import { rows } from './rows/all-rows.ts';
import { runTrial } from './run-trial.ts';
import { type Ground, startGround } from './start-ground.ts';

const usage = 'usage: test:pressure [--short] [--row TEXT]';
const busyRequestsPerSecond = 600;

const values = readArguments(
  {
    options: { short: { type: 'boolean', default: false }, row: { type: 'string', default: '' } },
  },
  usage,
);
const isShort = values.short;
const chosen = rows.filter(({ what }) => what.includes(values.row));
if (chosen.length === 0) {
  console.error(`${usage}\nrows: ${rows.map(({ what }) => what).join('; ')}`);
  process.exit(2);
}
const rounds = isShort ? 1 : 3;
const roundsMax = isShort ? 3 : 5;
const coreCount = availableParallelism();
const loadBefore = loadavg()[0] ?? 0;
const cores = chooseCores({
  others: 'callers, attackers (at the lowest priority), upstream, Redis, Postgres and key service',
  goesFirst: true,
});
const ground = await startGround(cores, 8 * roundsMax);
const results: RowResult[] = [];
try {
  const idleBytes = await warmUp(ground, isShort ? 3 : 15);
  console.log(`gateway with good callers alone: ${(idleBytes / 2 ** 20).toFixed(0)} MiB`);
  for (const row of chosen) {
    const result =
      row.kind === 'flood'
        ? await measureFlood(row, ground, { idleBytes, rounds, roundsMax, isShort })
        : await runTrial(row, ground, isShort);
    results.push(result);
    console.log(rowLine(result));
  }
} finally {
  for (const line of floodTable(results)) console.log(line);
  await ground.stop();
}
console.log(
  `Node ${process.version}, ${coreCount} cores, load average before: ${loadBefore.toFixed(1)}; ${cores.says}`,
);
console.log(sumLine(results));
process.exitCode = results.every(({ verdict }) => verdict.kind === 'passed') ? 0 : 1;

/**
 * Sends calls with good keys, many of them first: the memory that the gateway holds with the usual ones is its idle
 * state. @returns bytes.
 */
async function warmUp(started: Ground, seconds: number): Promise<number> {
  await started.callAsUsual(busyRequestsPerSecond);
  const busy = await measureWindow(started, seconds);
  await started.callAsUsual();
  const usual = await measureWindow(started, seconds);
  return Math.max(busy.residentBytes, usual.residentBytes);
}
