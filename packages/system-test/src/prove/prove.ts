import type { Fault } from '../faults/fault.ts';
import { describeKey } from '../history/describe-key.ts';
import type { Call } from '../history/history.ts';
import { inParallel } from './in-parallel.ts';
import { type Check, judgeTally, showOutcomes } from './judge-tally.ts';
import { tableLines } from './print-table.ts';
import { openProvingGround, type ProvingGround } from './proving-ground.ts';
import type { RecordedKey } from './recorded-client.ts';
import { type RoundResult, runRound } from './round.ts';
import { planRounds, type Schedule } from './schedule.ts';
import { addRound, createTally, type Tally } from './tally.ts';

export interface ProveWish {
  readonly faults: readonly Fault[];
  readonly gateways: number;
  readonly seed: number;
  readonly schedule: Schedule;
  /** A line as the run goes on, and then the table. */
  readonly print: (line: string) => void;
}

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const excerptsPerRoundMax = 2;
const sweptKeysMax = 4_000;
const sweepConcurrency = 16;

/** Runs rounds of every fault, prints what came of them and counts the promises that were kept and broken. */
export async function prove({ faults, gateways, seed, schedule, print }: ProveWish): Promise<Counts> {
  const skipped = new Map<string, string>();
  for (const { id, missing } of faults) {
    const reason = missing?.();
    if (reason !== undefined) skipped.set(id, reason);
  }
  const tallies = new Map<string, Tally>();
  const dead: RecordedKey[] = [];
  const ground = await openProvingGround({ gateways, seed });
  try {
    const rounds = planRounds(
      faults.filter(({ id }) => !skipped.has(id)),
      schedule,
    );
    for (const wish of rounds) {
      const round = await runRound(ground, wish);
      const tally = tallies.get(wish.fault.id) ?? createTally(wish.fault);
      tallies.set(wish.fault.id, tally);
      addRound(tally, round);
      dead.push(...round.deadKeys);
      for (const line of roundLines(round)) print(line);
    }
    const risen = await sweepDead(ground, dead);
    const checks = [...tallies.values()].flatMap((tally) =>
      judgeTally(tally).map((check) => ({ ...check, promise: `${tally.fault.id}: ${check.promise}` })),
    );
    const all: readonly Check[] = [
      ...checks,
      { kept: risen === 0, promise: 'every revoked key of the run is 401 in the end', seen: `${risen} are not` },
      ...judgeCount([...tallies.values()], schedule),
    ];
    for (const line of tableLines([...tallies.values()], skipped)) print(line);
    return report(all, print);
  } finally {
    await ground.stop();
  }
}

function roundLines({
  fault,
  revocations,
  violations,
  history,
  planChanges,
  tookMs,
  missedCalls,
}: RoundResult): string[] {
  const misses = new Map<Call['outcome'], number>();
  for (const { outcome } of missedCalls) misses.set(outcome, (misses.get(outcome) ?? 0) + 1);
  const line = `${fault.id}: ${revocations.length} revoked, ${planChanges.length} plan changes, ${history.calls.length} requests in ${(tookMs / 1_000).toFixed(1)} s, misses ${showOutcomes(misses)}`;
  const excerpts = violations
    .slice(0, excerptsPerRoundMax)
    .flatMap(({ kind, keyId, what }) => [
      `  ${kind}: ${what}`,
      ...describeKey(history, keyId).map((text) => `    ${text}`),
    ]);
  const more = violations.length - excerptsPerRoundMax;
  return [line, ...excerpts, ...(more > 0 ? [`  ${more} more violations in this round`] : [])];
}

/** At the very end: the newest of all keys that were ever revoked, on a gateway each. */
async function sweepDead({ product, sender }: ProvingGround, dead: readonly RecordedKey[]): Promise<number> {
  const statuses = await inParallel(
    dead.slice(-sweptKeysMax),
    sweepConcurrency,
    async ({ organizationId, secret }, n) => {
      const gateway = product.gateways[n % product.gateways.length];
      const url = `${gateway?.address('api')}/api/v1/organizations/${organizationId}/sites`;
      return (await sender.send({ url, bearer: secret })).outcome;
    },
  );
  return statuses.filter((status) => status !== 401).length;
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
