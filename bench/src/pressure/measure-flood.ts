import { setTimeout as delay } from 'node:timers/promises';
import { othersCpuSince } from '@engagetrack/test-ground';
import { waitFor } from '@engagetrack/test-ground/stores';
import { spreadOf } from '../load-kit/statistics.ts';
import {
  allOf,
  type Disturbance,
  type Faults,
  grownMiBMax,
  judgeAfterwards,
  judgeDuring,
  notReadyAfterwards,
  tooSlow,
  verdictOn,
} from './bounds.ts';
import { type Latency, middleOf } from './latency.ts';
import type { GoodTask } from './load-messages.ts';
import { measureWindow, type Window } from './measure-window.ts';
import type { RowResult } from './report.ts';
import type { Counts, Flood } from './rows/row.ts';
import type { Ground } from './start-ground.ts';

export interface FloodFigures {
  readonly before: Latency;
  /** The medians of the rounds. */
  readonly during: Latency;
  readonly after: Latency;
  readonly bounds: Latency;
  /** The share of a core that the gateway took. */
  readonly busy: { readonly before: number; readonly during: number };
  readonly grownMiB: number;
  readonly lookUps: number;
  readonly lookUpsMax: number;
}

/** Milliseconds after the flood at which good requests must be as fast as before it. */
const overAfterMs = 5_000;
/** Seconds before the first window when a row's own callers have begun. Requests older than this are answered by then. */
const restSeconds = 1;
const callsDeadlineMs = 60_000;
const quietSeconds = 5;
const quietSecondsShort = 2.5;
/** The share of good requests that a busy machine may leave undecided. With more the row fails on any machine. */
const undecidedShareMax = 0.05;
/** Seconds, from key-directory.ts: a known key in use is looked up again at this age, at the earliest. */
const renewalEverySeconds = 15;

export interface Measuring {
  /** Bytes that the gateway holds with the usual good callers alone. */
  readonly idleBytes: number;
  readonly rounds: number;
  /** The number of rounds when latencies miss their bounds: a machine may be interrupted. */
  readonly roundsMax: number;
  readonly isShort: boolean;
}

interface Round {
  readonly during: Window;
  readonly after: Window;
  readonly disturbance: Disturbance;
}

/** The attacks of a row so far. */
interface Tally {
  readonly rounds: Round[];
  counts: Counts;
  seconds: number;
}

export async function measureFlood(row: Flood, ground: Ground, measuring: Measuring): Promise<RowResult> {
  const { rounds, roundsMax, isShort } = measuring;
  const ownCallers = row.good?.(ground);
  if (ownCallers !== undefined) await beginCalls(ownCallers, ground);
  const callsBefore = await goodCalls(ground);
  const startedAtMs = performance.now();
  const lookUpsBefore = await ground.metric('gateway_introspections_total');
  const before = await measureWindow(ground, isShort ? quietSecondsShort : quietSeconds);
  const tally: Tally = { rounds: [], counts: {}, seconds: 0 };
  do await measureRound(row, ground, tally, isShort);
  while (
    tally.rounds.length < rounds ||
    (tally.rounds.length < roundsMax && Object.values(latencyFaults(row, before, tally.rounds)).flat().length > 0)
  );
  const { counts, seconds } = tally;
  const renewals = 1 + Math.ceil((performance.now() - startedAtMs) / 1_000 / renewalEverySeconds);
  const keysInUse = new Set(
    (ownCallers?.calls ?? ground.goodKeys.map((bearer) => ({ bearer }))).map(({ bearer }) => bearer),
  );
  // The row's own callers hold connections too, which are no growth by the flood.
  const idleBytes = ownCallers === undefined ? measuring.idleBytes : before.residentBytes;
  const figures: FloodFigures = {
    before,
    during: middleOf(tally.rounds.map(({ during }) => during)),
    after: middleOf(tally.rounds.map(({ after }) => after)),
    bounds: row.bounds,
    busy: { before: before.busy, during: spreadOf(tally.rounds.map(({ during }) => during.busy)).median },
    grownMiB: (Math.max(...tally.rounds.map(({ during }) => during.residentBytes)) - idleBytes) / 2 ** 20,
    lookUps: (await ground.metric('gateway_introspections_total')) - lookUpsBefore,
    lookUpsMax: row.lookUpsMax({ count: tally.rounds.length, seconds, counts }) + renewals * keysInUse.size,
  };
  const faults = allOf([
    latencyFaults(row, before, tally.rounds),
    failuresSince(callsBefore, await goodCalls(ground)),
    { faults: [...faultsOf(figures), ...complaintIn(row, counts), ...(await faultsAfterwards(ground))], slowness: [] },
  ]);
  const disturbance = disturbanceOf(tally.rounds);
  if (ownCallers !== undefined) await ground.callAsUsual();
  return {
    what: row.what,
    measured: row.describe(counts, seconds),
    disturbance,
    verdict: verdictOn(faults, disturbance),
    figures,
  };
}

/** Resolves when every connection of these callers is open and has had its first answer. */
async function beginCalls(callers: GoodTask, { good }: Ground): Promise<void> {
  await good.begin(callers);
  await delay(callers.rampSeconds * 1_000);
  const areAnswered = async () => {
    const { counts } = await good.take();
    const { made = 0 } = counts;
    const answers = sumOf(counts) - made;
    return made - answers < callers.requestsPerSecond * restSeconds;
  };
  await waitFor(areAnswered, { deadlineMs: callsDeadlineMs, what: 'answers to the first calls', everyMs: 250 });
  await delay(restSeconds * 1_000);
}

async function measureRound(row: Flood, ground: Ground, tally: Tally, isShort: boolean): Promise<void> {
  const othersCores = othersCpuSince();
  const startedAtMs = performance.now();
  await ground.attack.begin(row.task(ground));
  const during = await measureWindow(ground, isShort ? row.secondsShort : row.seconds);
  tally.counts = added(tally.counts, (await ground.attack.end()).counts);
  tally.seconds += (performance.now() - startedAtMs) / 1_000;
  await delay(overAfterMs);
  const after = await measureWindow(ground, isShort ? quietSecondsShort : quietSeconds);
  const callersLateMs = Math.max(during.callersLateMs, after.callersLateMs);
  tally.rounds.push({ during, after, disturbance: { othersCores: othersCores(), callersLateMs } });
}

function latencyFaults({ bounds }: Flood, before: Latency, rounds: readonly Round[]): Faults {
  return allOf([
    judgeDuring(middleOf(rounds.map(({ during }) => during)), bounds),
    judgeAfterwards(middleOf(rounds.map(({ after }) => after)), before),
  ]);
}

function disturbanceOf(rounds: readonly Round[]): Disturbance {
  const middle = (values: readonly number[]) => spreadOf(values).median;
  return {
    othersCores: middle(rounds.map(({ disturbance: { othersCores = 0 } }) => othersCores)),
    callersLateMs: middle(rounds.map(({ disturbance: { callersLateMs } }) => callersLateMs)),
  };
}

function* faultsOf({ grownMiB, lookUps, lookUpsMax }: FloodFigures): Generator<string> {
  if (grownMiB > grownMiBMax) yield `the gateway grew by ${grownMiB.toFixed(0)} MiB`;
  if (lookUps > lookUpsMax) yield `the authority was asked ${lookUps} times`;
}

function complaintIn(row: Flood, counts: Counts): readonly string[] {
  const complaint = row.complaint(counts);
  return complaint === undefined ? [] : [complaint];
}

/** Failed good requests. A few 503 may come from a busy machine: they say that no decision came in time. */
function failuresSince(before: Counts, now: Counts): Faults {
  const since = Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  const { made: sum = 0 } = Object.fromEntries(since);
  return allOf(
    since
      .filter(([name, count]) => name.startsWith('failed') && count > 0)
      .map(([name, count]) =>
        tooSlow(`${count} of ${sum} good requests ${name}`, name !== 'failed 503' || count > undecidedShareMax * sum),
      ),
  );
}

async function faultsAfterwards(ground: Ground): Promise<readonly string[]> {
  const faults: string[] = [];
  const { unidentified, credentials } = await ground.upstream.figures();
  if (unidentified + credentials > 0) faults.push('the upstream saw an unknown key or a credential');
  if (!(await ground.becomesReady())) faults.push(notReadyAfterwards);
  return faults;
}

/** Good requests made, and by the status of their answer, since these callers began. */
async function goodCalls({ good }: Ground): Promise<Counts> {
  return (await good.take()).counts;
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function added(one: Counts, other: Counts): Counts {
  const sums: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other))
    sums[name] = /longest|at once/.test(name) ? Math.max(sums[name] ?? 0, count) : (sums[name] ?? 0) + count;
  return sums;
}
