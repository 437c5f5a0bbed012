import { setTimeout as delay } from 'node:timers/promises';
import { waitFor } from '@engagetrack/test-ground/stores';
import { allOf, tooSlow } from '../bounds.ts';
import { latencyOf } from '../latency.ts';
import { guesserOrigin, usualOrigin } from '../origins.ts';
import type { Ground } from '../start-ground.ts';
import { answersIn, sites, stats, type Trial } from './row.ts';

/** Milliseconds. A live key's answer that takes longer fails the row. */
const answeredWithinMs = 300;
/** Milliseconds. A longer answer fails the row on a busy machine too. */
const grossMs = 1_500;
const liveCallsPerSecond = 50;
/** The gateway of this row waits for Redis as long as one in production (REDIS_DEADLINE_MS). */
const variables = { REDIS_DEADLINE_MS: '50' };
const restartDeadlineMs = 120_000;
const warmUpMs = 3_000;

/** Redis and the key service fail together: nothing can vouch for a key, so its callers are told 503, at once. */
export const outages: readonly Trial[] = [
  outage('silent', {
    begin: async ({ redis, keys }) => {
      await redis.freeze();
      keys.running.signal('SIGSTOP');
    },
    end: async ({ redis, keys }) => {
      keys.running.signal('SIGCONT');
      await redis.thaw();
    },
  }),
  outage('gone', {
    begin: async ({ redis, keys }) => {
      await redis.kill();
      keys.running.signal('SIGKILL');
    },
    end: async ({ redis, keys }) => {
      await redis.restart({ keepData: true });
      // On a busy machine Postgres may let it wait so long that it gives up.
      const restart = () => keys.restart().then(() => true);
      await waitFor(restart, { deadlineMs: restartDeadlineMs, what: 'the key service' });
    },
  }),
];

interface Course {
  begin(ground: Ground): Promise<void>;
  end(ground: Ground): Promise<void>;
}

function outage(how: string, { begin, end }: Course): Trial {
  return {
    kind: 'trial',
    what: `Redis and authority ${how}, 1,000 guesses a second`,
    promise: `a live key gets its 503 within ${answeredWithinMs} ms`,
    run: async (ground, isShort) => {
      const { good, attack, goodKeys, startGateway, callAsUsual } = ground;
      const { port, stop } = await startGateway(variables);
      await good.begin({
        kind: 'good',
        port,
        from: usualOrigin,
        calls: goodKeys.map((bearer) => ({ path: sites, bearer })),
        requestsPerSecond: liveCallsPerSecond,
        connections: 64,
        remadeShare: 0,
        rampSeconds: 1,
      });
      await delay(warmUpMs);
      const { counts: before } = await good.take();
      try {
        await begin(ground);
        await attack.begin({
          kind: 'guesses',
          port,
          path: stats,
          connections: 512,
          guessesPerSecond: 1_000,
          aheadMax: 1,
          from: guesserOrigin,
        });
        await delay(isShort ? 6_000 : 15_000);
        const { counts: guesses } = await attack.end();
        const { counts, samples: { answerMs = [] } = {} } = await good.take();
        return judge({ before, counts, answerMs, guesses: answersIn(guesses) });
      } finally {
        await end(ground);
        await callAsUsual();
        await stop();
      }
    },
  };
}

interface Seen {
  readonly before: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly answerMs: readonly number[];
  readonly guesses: string;
}

function judge({ before, counts, answerMs, guesses }: Seen) {
  const since = (name: string) => (counts[name] ?? 0) - (before[name] ?? 0);
  const others = Object.keys(counts).filter((name) => /^failed (?!503)/.test(name) && since(name) > 0);
  const longestMs = Math.max(...answerMs);
  const late = answerMs.filter((ms) => ms > answeredWithinMs).length;
  const complaint = `${late} of ${answerMs.length} live calls took longer than ${answeredWithinMs} ms`;
  return {
    measured: `${since('failed 503')} × 503, ${since('ok')} × 200, half within ${latencyOf(answerMs).p50Ms.toFixed(0)} ms, the longest ${longestMs.toFixed(0)} ms; guesses: ${guesses}`,
    ...allOf([
      { faults: others.map((name) => `${since(name)} live calls ${name}`), slowness: [] },
      { faults: since('failed 503') === 0 ? ['no live key was answered 503: there was no outage'] : [], slowness: [] },
      ...(late > 0 ? [tooSlow(complaint, longestMs > grossMs)] : []),
    ]),
  };
}
