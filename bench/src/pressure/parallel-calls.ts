import { setTimeout as delay } from 'node:timers/promises';
import { createCaller, requestOf } from './caller.ts';
import { latencyOf } from './latency.ts';
import type { LoadFigures, ParallelTask } from './load-messages.ts';
import { createCounts, type RunningLoad } from './running-load.ts';

/** Milliseconds between two groups of calls: the gateway is idle again. */
const restMs = 400;
/** The connections from which the keys are made known to the gateway: few, so that no key waits. */
const warmUpConnections = 4;
const from = { localAddress: '127.0.0.1' };

/**
 * Makes so many calls at the same moment, each on a connection of its own that is open already: in one group all with
 * one key, in the next spread over many keys. A round is one of each; their order changes from round to round.
 */
export function callInParallel({ port, path, warmUpPath, calls, singleKeys, manyKeys }: ParallelTask): RunningLoad {
  const counts = createCounts();
  const samples: { oneKeyMs: number[]; manyKeysMs: number[] } = { oneKeyMs: [], manyKeysMs: [] };
  const warmUp = createCaller({ port, ...from, connections: warmUpConnections });
  const caller = createCaller({ port, ...from, connections: calls });
  let isOver = false;
  void (async () => {
    await Promise.all([...singleKeys, ...manyKeys].map(makeKnown));
    // The first call opens a connection.
    await callAtOnce(manyKeys, warmUpPath);
    for (const [round, key] of singleKeys.entries()) {
      const single = async () => samples.oneKeyMs.push(await callAtOnce([key], path));
      const many = async () => samples.manyKeysMs.push(await callAtOnce(manyKeys, path));
      for (const group of round % 2 === 0 ? [single, many] : [many, single]) {
        if (isOver) return;
        await delay(restMs);
        await group();
      }
      counts.add('rounds');
    }
  })();

  return {
    take: (): LoadFigures => ({ counts: counts.all(), samples }),
    end: () => {
      isOver = true;
      for (const { close } of [warmUp, caller]) close();
    },
  };

  /** @returns milliseconds, half of the calls took no longer. */
  async function callAtOnce(keys: readonly string[], where: string): Promise<number> {
    const times = Array.from({ length: calls }, (_, n) => answerTo(where, keys[n % keys.length] ?? ''));
    return latencyOf(await Promise.all(times)).p50Ms;
  }

  function answerTo(where: string, bearer: string): Promise<number> {
    return new Promise((resolve) => {
      caller.ask(requestOf({ path: where, bearer }, from), (status, ms) => {
        if (status !== 200) counts.add(`failed ${status}`);
        resolve(ms);
      });
    });
  }

  /** Asks again after a refusal: on a busy machine the authority may be late. */
  function makeKnown(bearer: string): Promise<void> {
    return new Promise((resolve) => {
      const ask = () =>
        warmUp.ask(requestOf({ path: warmUpPath, bearer }, from), (status) => {
          if (status === 200) resolve();
          else setTimeout(ask, restMs);
        });
      ask();
    });
  }
}
