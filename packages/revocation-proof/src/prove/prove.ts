import { setTimeout as delay } from 'node:timers/promises';
import { inParallel } from '@engagetrack/test-ground';
import { runKillCycles } from '../failpoints/kill-cycles.ts';
import type { Fault } from '../faults/fault.ts';
import type { Outcome } from '../history/history.ts';
import { decidesNothing } from '../history/history-index.ts';
import { findSwitchedOffRules } from '../without-rules/find-switched-off-rules.ts';
import { organizationUrl } from './addresses.ts';
import { type Check, judgeTally } from './judge-tally.ts';
import { roundLines, tableLines } from './print-table.ts';
import { openProvingGround, type ProvingGround } from './proving-ground.ts';
import type { RecordedKey } from './recorded-client.ts';
import { runRound } from './round.ts';
import { planRounds, type Schedule } from './schedule.ts';
import { addRound, createTally, type Tally } from './tally.ts';
import { writeLogs } from './write-logs.ts';

export interface ProveOptions {
  /** The faults to inject; without any, there are no rounds. */
  readonly faults: readonly Fault[];
  readonly gateways: number;
  readonly seed: number;
  /** Milliseconds that gateways wait for Redis; their own default when undefined. */
  readonly redisDeadlineMs: number | undefined;
  readonly schedule: Schedule;
  /** Whether promises about times are judged, which needs a machine that does nothing else. */
  readonly timed: boolean;
  /** The number of kills of a key service at a step of a call, after the rounds. */
  readonly cycles: number;
  /** Whether a fault that cannot be injected on this machine is a failure. */
  readonly everyFault: boolean;
  /** The rules of the protocol to switch off in turn; all of them when the list is empty, none when undefined. */
  readonly withoutRules: readonly string[] | undefined;
  /** The folder for the output of the services; it is not written when absent. */
  readonly logsFolder: string | undefined;
  /** Prints a line as the run goes on, and the table at its end. */
  readonly print: (line: string) => void;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const sweptKeysMax = 4_000;
const sweepConcurrency = 16;
const sweepAttemptsMax = 100;
const sweepRetryMs = 100;

/** Runs rounds of every fault, prints their results and counts the promises that were kept and broken. */
export async function prove(options: ProveOptions): Promise<Counts> {
  const { faults, schedule, cycles, withoutRules, print } = options;
  const skipped = new Map<string, string>();
  for (const { id, missing } of faults) {
    const reason = await missing?.();
    if (reason !== undefined) skipped.set(id, reason);
  }
  const tallies = new Map<string, Tally>();
  const checks: Check[] = [];
  const grounds = createGrounds(options);
  try {
    const possible = faults.filter(({ id }) => !skipped.has(id));
    for (const round of planRounds(possible, schedule)) {
      const tally = tallies.get(round.fault.id) ?? createTally(round.fault);
      tallies.set(round.fault.id, tally);
      try {
        await delay(round.waitMs);
        const result = await runRound(await grounds.current(), round);
        addRound(tally, result);
        grounds.remember(result.deadKeys);
        for (const line of roundLines(result)) print(line);
        if (result.endedServices.length > 0) await grounds.abandon();
      } catch (error) {
        // The next round needs a healthy product, so a broken-off round leaves this one.
        print(`${round.fault.id}: broken off: ${error instanceof Error ? error.message : error}`);
        tally.unhealed += 1;
        await grounds.abandon();
      }
    }
    if (faults.length > 0) checks.push(await sweepDead(await grounds.current(), grounds.dead()));
  } finally {
    await grounds.abandon();
  }
  if (cycles > 0) checks.push(...(await runKillCycles(options)));
  if (withoutRules !== undefined) checks.push(...(await findSwitchedOffRules({ ...options, rules: withoutRules })));
  if (faults.length > 0) for (const line of tableLines([...tallies.values()], skipped)) print(line);
  const judged = [...tallies.values()].flatMap((tally) =>
    judgeTally(tally, { timed: options.timed }).map((check) => ({
      ...check,
      promise: `${tally.fault.id}: ${check.promise}`,
    })),
  );
  const skips = options.everyFault ? judgeSkips(skipped) : [];
  return report([...judged, ...checks, ...skips, ...judgeCount([...tallies.values()], schedule)], print);
}

/** The present product, or a new one when the last one was given up; and the keys that were revoked in it. */
function createGrounds({ gateways, seed, redisDeadlineMs, logsFolder }: ProveOptions) {
  let ground: ProvingGround | undefined;
  let opened = 0;
  let dead: RecordedKey[] = [];
  return {
    current: async (): Promise<ProvingGround> => {
      ground ??= await openProvingGround({ gateways, seed: seed + opened++, redisDeadlineMs });
      return ground;
    },
    remember: (keys: readonly RecordedKey[]): void => void dead.push(...keys),
    dead: (): readonly RecordedKey[] => dead,
    abandon: async (): Promise<void> => {
      const last = ground;
      ground = undefined;
      dead = [];
      if (last === undefined) return;
      if (logsFolder !== undefined) writeLogs(last.product, `${logsFolder}/${opened}`);
      await last.stop();
    },
  };
}

/** At the very end, requests with the newest of all keys that were ever revoked, on a gateway each. */
async function sweepDead({ product, sender }: ProvingGround, dead: readonly RecordedKey[]): Promise<Check> {
  const lastWord = async ({ organizationId, secret }: RecordedKey, gateway: number): Promise<Outcome> => {
    const url = `${organizationUrl(product, gateway, organizationId)}/sites`;
    for (let attempt = 1; ; attempt += 1) {
      const { outcome } = await sender.send({ url, bearer: secret });
      if (!decidesNothing(outcome) || attempt === sweepAttemptsMax) return outcome;
      await delay(sweepRetryMs);
    }
  };
  const outcomes = await inParallel(dead.slice(-sweptKeysMax), sweepConcurrency, (key, n) =>
    lastWord(key, n % product.gateways.length),
  );
  const risen = outcomes.filter((outcome) => outcome !== 401).length;
  return { kept: risen === 0, promise: 'every revoked key of the run is 401 in the end', seen: `${risen} are not` };
}

function judgeSkips(skipped: ReadonlyMap<string, string>): Check[] {
  return [...skipped].map(([id, reason]) => ({ kept: false, promise: `${id} is injected`, seen: reason }));
}

function judgeCount(tallies: readonly Tally[], { revocationsMin }: Schedule): Check[] {
  if (revocationsMin === undefined) return [];
  const revocations = tallies.reduce((sum, tally) => sum + tally.revocations, 0);
  return [
    { kept: revocations >= revocationsMin, promise: `at least ${revocationsMin} revocations`, seen: `${revocations}` },
  ];
}

function report(checks: readonly Check[], print: (line: string) => void): Counts {
  const broken = checks.filter(({ kept }) => !kept);
  for (const { promise, seen } of broken) print(`FAILED ${promise}, but: ${seen}`);
  return { passed: checks.length - broken.length, failed: broken.length };
}
