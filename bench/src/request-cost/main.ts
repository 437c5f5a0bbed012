/**
 * `npm run bench`: the gateway's CPU time per request, full job, beside references that do the same work or none of it,
 * in interleaved rounds of one run. docs/performance.md says how to read it.
 */
import { availableParallelism, loadavg } from 'node:os';
import { canReadAccounts } from '@engagetrack/test-ground';
import { chooseCores } from '../load-kit/cores.ts';
import { checkFullJob } from './check-full-job.ts';
import { answerBytes, connectionsOpen } from './load-messages.ts';
import { type Measurement, measure } from './measure.ts';
import { type Options, parseOptions, usage } from './options.ts';
import { formatRows, reportRows } from './report.ts';
import { startTestbed } from './start-testbed.ts';

const options = parseOptions(process.argv.slice(2));
if (typeof options === 'string') fail(`${options}\n${usage}`);
if (!canReadAccounts()) fail('The bench needs Linux: it reads what a process has used from /proc');

const stops: (() => Promise<void>)[] = [];
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    if (interrupted) process.exit(130);
    interrupted = true;
    void stopAll().finally(() => process.exit(130));
  });
try {
  await run(options);
} catch (error) {
  if (!interrupted) console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await stopAll();
}

async function run(chosen: Options): Promise<void> {
  const { rounds, seconds, json, gatewayFlags } = chosen;
  // The count must come before this process is limited to one core.
  const coreCount = availableParallelism();
  const loadBefore = loadavg()[0] ?? 0;
  const cores = chooseCores({ others: 'load generator, upstream, Redis, Postgres and key service' });
  say('starting Redis, Postgres, the key service, an upstream, the gateway and its references');
  const testbed = await startTestbed(cores, gatewayFlags, (stop) => stops.push(stop));
  await checkFullJob(testbed);
  const measurement = await measure(testbed, chosen, say);
  const rows = reportRows(measurement);
  const machine = `Node ${process.version}, ${testbed.stores}, ${coreCount} cores available`;
  const settings = {
    rounds,
    seconds,
    connections: connectionsOpen,
    answerBytes,
    keys: testbed.keys.length,
    gatewayFlags,
  };
  if (json) {
    console.log(
      JSON.stringify({ ...settings, machine, cores: cores.says, loadBefore, rows, rounds: roundsOf(measurement) }),
    );
    return;
  }
  console.log(
    [
      '',
      `${rounds} interleaved rounds of ${seconds} s`,
      `${connectionsOpen} keep-alive connections, ${answerBytes} bytes an answer, ${settings.keys} keys; every answer was 200`,
      `${machine}, load average before: ${loadBefore.toFixed(2)}`,
      `cores: ${cores.says}`,
      ...(gatewayFlags.length === 0 ? [] : [`flags of the gateway's Node: ${gatewayFlags.join(' ')}`]),
      '',
      formatRows(rows),
      '',
      'Ratio: divided by the first proxy of the same round. "not resolved": its rounds disagree by more than the',
      'difference from 1 that their median claims. Contention only ever adds CPU time: the minimum repeats best.',
    ].join('\n'),
  );
}

/** JSON has no maps. */
function roundsOf({ saturation, fixedRate, requestsPerSecond }: Measurement) {
  return {
    saturation: Object.fromEntries(saturation),
    fixedRate: Object.fromEntries(fixedRate),
    requestsPerSecond,
  };
}

/** Stops everything in the reverse order of starting. */
async function stopAll(): Promise<void> {
  for (let stop = stops.pop(); stop !== undefined; stop = stops.pop())
    await stop().catch((error: unknown) => say(`stopping: ${error instanceof Error ? error.message : error}`));
}

function say(text: string): void {
  console.error(`bench: ${text}`);
}

function fail(sentence: string): never {
  console.error(sentence);
  process.exit(2);
}
