import { waitFor } from '@engagetrack/test-ground/stores';
import { spreadOf } from '../../load-kit/statistics.ts';
import { allOf, tooSlow } from '../bounds.ts';
import { sites, stats, type Trial } from './row.ts';

/** Milliseconds that calls of one key may take longer than as many of many keys, at p50. */
const addedMaxMs = 2;
/** Calls of one key that take so many times as long as those of many show more than a busy machine, which delays both. */
const grossTimes = 1.5;
const deadlineMs = 120_000;

/** One caller's parallel calls on an idle gateway, beside the same number spread over many keys. */
export const parallelCalls: readonly Trial[] = [50, 200, 600].map((calls) => ({
  kind: 'trial',
  what: `${calls} parallel calls of one key`,
  promise: `p50 at most ${addedMaxMs} ms over that of many keys`,
  run: async ({ good, port, goodKeys, neighbourKeys, createKeys, callAsUsual }, isShort) => {
    const rounds = isShort ? 5 : 11;
    const singleKeys = await createKeys(rounds);
    // The gateway is idle: the usual callers rest meanwhile.
    await good.begin({
      kind: 'parallel',
      port,
      path: stats,
      warmUpPath: sites,
      calls,
      singleKeys,
      manyKeys: [...goodKeys, ...neighbourKeys],
    });
    const done = async () => {
      const figures = await good.take();
      return (figures.counts.rounds ?? 0) === rounds && figures;
    };
    const { counts, samples = {} } = await waitFor(done, { deadlineMs, what: 'the parallel calls', everyMs: 200 });
    await callAsUsual();
    const one = samples.oneKeyMs ?? [];
    const many = samples.manyKeysMs ?? [];
    const added = spreadOf(one.map((ms, round) => ms - (many[round] ?? Number.NaN))).median;
    const isGross = spreadOf(one).median > grossTimes * spreadOf(many).median;
    const slow = tooSlow(`calls of one key took ${added.toFixed(0)} ms longer than those of many`, isGross);
    const failed = Object.keys(counts).filter((name) => name.startsWith('failed'));
    return {
      measured: `${spreadOf(one).median.toFixed(1)} ms, many keys ${spreadOf(many).median.toFixed(1)} ms, added ${added.toFixed(1)} ms`,
      ...allOf([
        { faults: failed.map((name) => `${counts[name]} calls ${name}`), slowness: [] },
        ...(added > addedMaxMs ? [slow] : []),
      ]),
    };
  },
}));
