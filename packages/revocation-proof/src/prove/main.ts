/**
 * Proves the promise of revocation on the product as it runs in production: gateways, key services, Redis and Postgres
 * as processes, under every fault of the catalogue. Prints a table, the seed and, as the last line, how many promises
 * were kept and broken; exits with 1 when one was broken. The short form does every fault once and judges no times, so
 * that it can be part of a run on a busy machine.
 */
import { availableParallelism, loadavg } from 'node:os';
import { orRefuse, readArguments } from '@engagetrack/test-ground';
import { faultsNamed } from '../faults/catalogue.ts';
import { prove } from './prove.ts';

const usage = `usage: prove [--minutes 10] [--gateways 4] [--seed N] [--fault F04 ...] [--short] [--no-rounds] [--cycles 1000] [--without-rules [--rule NAME ...]] [--logs FOLDER] [--redis-deadline MS]`;
const revocationsPerMinuteMin = 2_000;
const seedMax = 2 ** 31;

const values = readArguments(
  {
    allowNegative: true,
    options: {
      minutes: { type: 'string', default: '10' },
      gateways: { type: 'string', default: '4' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * seedMax)) },
      fault: { type: 'string', multiple: true, default: [] },
      short: { type: 'boolean', default: false },
      rounds: { type: 'boolean', default: true },
      cycles: { type: 'string', default: '0' },
      'without-rules': { type: 'boolean', default: false },
      rule: { type: 'string', multiple: true, default: [] },
      logs: { type: 'string' },
      'redis-deadline': { type: 'string' },
    },
  },
  usage,
);
const [minutes = NaN, gateways = NaN, seed = NaN, cycles = NaN] = [
  values.minutes,
  values.gateways,
  values.seed,
  values.cycles,
].map(Number);
const redisDeadlineMs = values['redis-deadline'] === undefined ? undefined : Number(values['redis-deadline']);
if (
  !(minutes > 0) ||
  !(gateways > 0) ||
  !(cycles >= 0) ||
  !(redisDeadlineMs === undefined || redisDeadlineMs > 0) ||
  Number.isNaN(seed)
) {
  console.error(usage);
  process.exit(2);
}

const faults = orRefuse(() => faultsNamed(values.fault), usage);
const whole = values.rounds && !values.short && values.fault.length === 0;
const { passed, failed } = await prove({
  faults: values.rounds ? faults : [],
  gateways,
  seed,
  redisDeadlineMs,
  schedule: {
    short: values.short,
    lengthMs: minutes * 60_000,
    revocationsMin: whole ? minutes * revocationsPerMinuteMin : undefined,
    now: () => performance.now(),
  },
  timed: !values.short,
  everyFault: process.env.CI === 'true',
  cycles,
  withoutRules: values['without-rules'] ? values.rule : undefined,
  logsFolder: values.logs,
  print: (line) => console.log(line),
});
console.log(`seed ${seed}, ${availableParallelism()} cores, load average ${loadavg()[0]?.toFixed(1)}`);
console.log(`${passed} passed, ${failed} failed`);
// The process exits explicitly: Node may wait for ever for the handle of a connection that was reset.
process.exit(failed === 0 ? 0 : 1);
