import { sameMomentBounds, usualBounds } from '../bounds.ts';
import { guesserOrigin } from '../origins.ts';
import { guessing } from './guesses.ts';
import { annotations, answersIn, type Flood, stats } from './row.ts';

/**
 * Milliseconds, from front-door/server.ts: the deadline of a head, the interval of its check, and the delay of a busy machine. A
 * socket that is open longer fails the row.
 */
const headOpenMaxMs = 10_000 + 250 + 1_500;
/**
 * MiB of a body over the route's limit: the limit, the bytes that are read on so that the refusal arrives, and the
 * sockets' buffers. A longer body fails the row.
 */
const bodyMiBMax = 1 + 8 + 8;

/** Floods beside good callers at other addresses. */
export const floods: readonly Flood[] = [
  {
    kind: 'flood',
    what: '2,000 slow sockets',
    seconds: 14,
    secondsShort: 12.5,
    bounds: usualBounds,
    task: ({ port }) => ({ kind: 'slow_sockets', port, sockets: 2_000, byteEveryMs: 5_000 }),
    lookUpsMax: () => 0,
    complaint: (counts) => {
      if ((counts['open at once'] ?? 0) < 2_000) return 'fewer than 2,000 sockets were open at once';
      if ((counts['closed by the gateway'] ?? 0) < 2_000) return 'slow sockets were not closed';
      return (counts['open longest ms'] ?? 0) > headOpenMaxMs ? 'a slow socket stayed open too long' : undefined;
    },
    describe: (counts) =>
      `${counts['closed by the gateway']} closed, the last after ${((counts['open longest ms'] ?? 0) / 1_000).toFixed(1)} s`,
  },
  guessing({ what: 'guessed keys from one address', from: guesserOrigin }),
  guessing({ what: 'guessed keys, an address each', from: guesserOrigin, fromEverywhere: true }),
  {
    kind: 'flood',
    what: 'one cold key, 10,000 requests, 1,000 at once',
    seconds: 14,
    secondsShort: 3.5,
    bounds: sameMomentBounds,
    task: ({ port, freshKeys }) => ({
      kind: 'one_key',
      port,
      path: stats,
      keys: freshKeys.splice(0, 8),
      connections: 1_000,
      requests: 10_000,
    }),
    // Each burst causes one look-up, and another for requests that began after some had been answered.
    lookUpsMax: ({ counts }) => 2 * (counts.bursts ?? 0),
    complaint: (counts) => {
      const admitted = counts['answered 200'] ?? 0;
      if (admitted === 0) return 'no request of the key was admitted';
      return admitted > 2 * 600 * (counts.bursts ?? 0) ? 'the key was admitted over its quota' : undefined;
    },
    describe: (counts) => `${counts.bursts ?? 0} bursts; ${answersIn(counts)}`,
  },
  {
    kind: 'flood',
    what: 'a 10 GB chunked body',
    seconds: 10,
    secondsShort: 3.5,
    bounds: usualBounds,
    task: ({ port, goodKeys }) => ({
      kind: 'endless_body',
      port,
      path: annotations,
      keys: goodKeys,
      connections: 4,
      bytesEach: 10 * 10 ** 9,
    }),
    lookUpsMax: () => 0,
    complaint: (counts) => {
      if ((counts['answered 413'] ?? 0) === 0) return 'no body was refused';
      return (counts['longest body MB'] ?? 0) > bodyMiBMax ? 'too much of a body was taken' : undefined;
    },
    describe: (counts) =>
      `${counts.bodies ?? 0} bodies, ${(counts['MB sent'] ?? 0).toFixed(0)} MB taken, at most ${(counts['longest body MB'] ?? 0).toFixed(1)} of one; ${answersIn(counts)}`,
  },
  guessing({ what: 'guessed keys, 64 sent ahead', from: guesserOrigin, aheadMax: 64 }),
];
