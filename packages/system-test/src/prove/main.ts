/**
 * Proves the promise of revocation on the product as it runs in production: gateways, key services, Redis and Postgres
 * as processes, under every fault of the catalogue. Prints a table, the seed and, as the last line, how many promises
 * were kept and broken; exits with 1 when one was broken.
 */
import { parseArgs } from 'node:util';
import { faultsNamed } from '../faults/catalogue.ts';
import { prove } from './prove.ts';

const usage = `usage: prove [--minutes 10] [--gateways 4] [--seed N] [--fault F04 ...] [--short]`;
const revocationsPerMinuteMin = 2_000;
const seedMax = 2 ** 31;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    gateways: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * seedMax)) },
    fault: { type: 'string', multiple: true, default: [] },
    short: { type: 'boolean', default: false },
  },
});
const [minutes, gateways, seed] = [values.minutes, values.gateways, values.seed].map(Number);
if (!isPositive(minutes) || !isPositive(gateways) || seed === undefined || Number.isNaN(seed)) {
  console.error(usage);
  process.exit(2);
}

const whole = !values.short && values.fault.length === 0;
const { passed, failed } = await prove({
  faults: faultsNamed(values.fault),
  gateways,
  seed,
  schedule: {
    short: values.short,
    lengthMs: minutes * 60_000,
    revocationsMin: whole ? minutes * revocationsPerMinuteMin : undefined,
    now: () => performance.now(),
  },
  print: (line) => console.log(line),
});
console.log(`seed ${seed}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function isPositive(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}
