/**
 * Attacks a running gateway in several ways, and measures how much good callers notice. Prints a table, and as its last
 * line how many rows passed and failed; exits with 1 when any failed.
 */
import { availableParallelism, loadavg } from 'node:os';
import { readArguments, watchResidentBytes } from '@engagetrack/test-ground';
import { chooseCores } from '../load-kit/cores.ts';
import { measureRow, measureWindow, type RowResult } from './measure-row.ts';
import { pressureTable, rowLine } from './report.ts';
import { rows } from './rows.ts';
import { type Ground, startGround } from './start-ground.ts';

const usage = 'usage: test:pressure [--short] [--row TEXT]';
const goodRequestsPerSecond = 150;
const busyRequestsPerSecond = 600;
const controlsPerSecond = 50;
const path = '/api/v1/organizations/org_demo/sites';

const values = readArguments(
  {
    options: { short: { type: 'boolean', default: false }, row: { type: 'string', default: '' } },
  },
  usage,
);
const chosen = rows.filter(({ what }) => what.includes(values.row));
if (chosen.length === 0) {
  console.error(`${usage}\nrows: ${rows.map(({ what }) => what).join('; ')}`);
  process.exit(2);
}
const pairs = values.short ? 1 : 6;
/**
 * Pairs of windows. A row whose latencies fail gets more pairs up to so many: a machine may be interrupted, but a slow
 * gateway is slow every time.
 */
const pairsMax = values.short ? 3 : 8;
const coreCount = availableParallelism();
const loadBefore = loadavg()[0] ?? 0;
const cores = chooseCores({
  others: 'callers, attackers (at the lowest priority), upstream, Redis, Postgres and key service',
  goesFirst: true,
});
const ground = await startGround(cores, 8 * pairsMax);
const results: RowResult[] = [];
try {
  const idleBytes = await warmUp(ground, values.short ? 3 : 15);
  console.log(`gateway with good callers alone: ${(idleBytes / 2 ** 20).toFixed(0)} MiB`);
  for (const row of chosen) {
    const result = await measureRow(row, ground, { idleBytes, pairs, pairsMax, isShort: values.short });
    results.push(result);
    console.log(rowLine(result));
  }
} finally {
  await ground.stop();
}
for (const line of pressureTable(results)) console.log(line);
console.log(
  `Node ${process.version}, ${coreCount} cores, load average before: ${loadBefore.toFixed(1)}; ${cores.says}`,
);
const failed = results.filter(({ complaints }) => complaints.length > 0).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Sends calls with good keys, many of them first, until the end of the run: the memory that the gateway holds then is
 * its idle state.
 */
async function warmUp(ground: Ground, seconds: number): Promise<number> {
  const { good, goodKeys, port, upstream, gateway } = ground;
  const task = { kind: 'good', port, path, keys: goodKeys, controlPort: upstream.port, controlsPerSecond } as const;
  const stopWatching = watchResidentBytes(gateway.running.pid);
  await good.begin({ ...task, requestsPerSecond: busyRequestsPerSecond });
  await measureWindow(ground, seconds);
  await good.begin({ ...task, requestsPerSecond: goodRequestsPerSecond });
  await measureWindow(ground, seconds);
  return stopWatching();
}
