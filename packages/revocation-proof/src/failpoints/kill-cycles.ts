import { createWireTaps } from '@engagetrack/test-ground/wire';
import { checkHistory } from '../history/check-history.ts';
import { describeKey } from '../history/describe-key.ts';
import { createHistoryRecorder } from '../history/record-history.ts';
import type { Check } from '../prove/judge-tally.ts';
import { openProvingGround, type ProvingGround } from '../prove/proving-ground.ts';
import { createRecordedClient } from '../prove/recorded-client.ts';
import { quota } from '../prove/round.ts';
import { failpoints } from './failpoints.ts';
import { judgeBatch } from './judge-batch.ts';
import { type BatchRecords, type CycleParts, runKillCycle } from './kill-cycle.ts';
import { createKillTally, judgeKills, type KillTally, killTableLines } from './kill-tally.ts';
import { createVictim, type Victim } from './victim.ts';

export interface KillOptions {
  /** All kills, shared out evenly among the failpoints. */
  readonly cycles: number;
  readonly gateways: number;
  readonly seed: number;
  readonly redisDeadlineMs: number | undefined;
  readonly print: (line: string) => void;
}

/** Key services that are killed; another one stays and keeps the witness valid. */
const victims = 2;
const cyclesPerBatch = 120;

/**
 * Kills key services at every step of a creation and of a DELETE, and judges the result of both. Each victim has one
 * call at a time, so that a step is a step of that call.
 */
export async function runKillCycles({ cycles, print, ...options }: KillOptions): Promise<readonly Check[]> {
  const taps = createWireTaps();
  const ground = await openProvingGround({
    ...options,
    keyServices: victims + 1,
    connectThrough: (connection) =>
      connection.from.name === 'keys' || connection.to === 'keys' ? taps.through(connection) : connection.url,
  });
  try {
    const tallies = failpoints.map(createKillTally);
    const order = ground.random.shuffle(
      Array.from({ length: cycles }, (_, n) => tallies[n % tallies.length]).filter((tally) => tally !== undefined),
    );
    const all = Array.from({ length: victims }, (_, n) => createVictim(ground.product, taps, n));
    for (let done = 0; done < cycles; done += cyclesPerBatch) {
      await runBatch({
        ground,
        victims: all,
        tallies: order.slice(done, done + cyclesPerBatch),
        firstNumber: done,
        print,
      });
      print(`F10: ${Math.min(cycles, done + cyclesPerBatch)} kills`);
    }
    for (const line of killTableLines(tallies)) print(line);
    return judgeKills(tallies, cycles);
  } finally {
    await ground.stop();
    await taps.stop();
  }
}

interface BatchOptions {
  readonly ground: ProvingGround;
  readonly victims: readonly Victim[];
  /** One cycle for each. */
  readonly tallies: readonly KillTally[];
  readonly firstNumber: number;
  readonly print: (line: string) => void;
}

async function runBatch({ ground, victims: all, tallies, firstNumber, print }: BatchOptions): Promise<void> {
  const recorder = createHistoryRecorder(ground.now);
  const { product } = ground;
  const clientOf = (name: string, gateways = product.gateways) =>
    createRecordedClient({
      ...ground,
      product: { ...product, gateways },
      recorder,
      random: ground.random.fork(`${name} ${firstNumber}`),
      noncePrefix: `${name}-${firstNumber}`,
    });
  const records: BatchRecords = { live: [], dead: [], unanswered: [], abandoned: [] };
  const parts = { ground, recorder, client: clientOf('all'), records };
  ground.upstream.takeArrivals();

  const rest = tallies.entries();
  await Promise.all(
    all.map(async (victim, n) => {
      const gateways = product.gateways.filter((_, gateway) => victim.gateways.includes(gateway));
      const cycle: CycleParts = { ...parts, victim, victimClient: clientOf(`victim-${n}`, gateways) };
      for (const [number, tally] of rest) await runKillCycle(cycle, tally, firstNumber + number);
      await victim.whenReady();
    }),
  );
  await judgeBatch(parts);

  const history = recorder.finish(ground.upstream.takeArrivals());
  const tallyOf = new Map(
    [...records.live, ...records.dead, ...records.abandoned].map(({ subject, tally }) => [subject.id, tally]),
  );
  for (const { kind, keyId, what } of checkHistory(history, { quota, overAdmissionMax: 0 })) {
    (tallyOf.get(keyId) ?? tallies[0])?.violations.push(`${kind}: ${what}`);
    for (const line of [`  ${kind}: ${what}`, ...describeKey(history, keyId).map((text) => `    ${text}`)]) print(line);
  }
}
