import type { LoadTask } from './load-messages.ts';
import type { Ground } from './start-ground.ts';

/** An attack on a run's gateway, and its limit of look-ups at the authority. */
export interface Row {
  readonly what: string;
  /** The length of one attack. */
  readonly seconds: number;
  readonly secondsShort: number;
  task(ground: Ground): LoadTask;
  /** The most look-ups that the attacks so far may cause. */
  lookUpsMax(attacks: Attacks): number;
  /** The reason why the attack failed the row; undefined when it passed. */
  complaint(counts: Counts): string | undefined;
  /** The result of the attack, for people. */
  describe(counts: Counts, seconds: number): string;
}

export type Counts = Readonly<Record<string, number>>;

/** The attacks of a row so far, with a quiet time before each. */
export interface Attacks {
  readonly count: number;
  readonly seconds: number;
  readonly counts: Counts;
}

const organization = '/api/v1/organizations/org_demo';
const stats = `${organization}/sites/site_1/analytics/stats`;
const annotations = `${organization}/sites/site_1/annotations`;

/** The limits of services/gateway: FAILED_AUTHENTICATIONS_PER_MINUTE, and keys/introspection-lanes.ts. */
const failuresPerMinute = 100;
const unknownKeysAtOnce = 16;
const failedLookUpsPerSecond = 100;
const failedLookUpsBurst = 128;
/**
 * Milliseconds, from listener.ts: the deadline of a head, the interval of its check, and the delay of a busy machine. A
 * socket that is open longer fails the row.
 */
const headOpenMaxMs = 10_000 + 25 + 1_500;
/**
 * MiB of a body over the route's limit: the limit, the bytes that are read on so that the refusal arrives, and the
 * sockets' buffers. A longer body fails the row.
 */
const bodyMiBMax = 1 + 8 + 8;

export const rows: readonly Row[] = [
  {
    what: '2,000 slow sockets',
    seconds: 14,
    secondsShort: 12.5,
    task: ({ port }) => ({ kind: 'slow_sockets', port, sockets: 2_000, byteEveryMs: 5_000 }),
    lookUpsMax: () => 0,
    complaint: (counts) => {
      if ((counts['open at once'] ?? 0) < 2_000) return 'fewer than 2,000 sockets were open at once';
      if ((counts['closed by the gateway'] ?? 0) < 2_000) return 'slow sockets were not closed';
      return (counts['open longest ms'] ?? 0) > headOpenMaxMs ? 'a slow socket stayed open too long' : undefined;
    },
    describe: (counts) =>
      `${counts['closed by the gateway']} closed, the last after ${inSeconds(counts['open longest ms'])}`,
  },
  guesses({ what: 'guessed keys from one address', lookUpsMax: limitedLookUps }),
  guesses({
    what: 'guessed keys, an address each',
    fromEverywhere: true,
    lookUpsMax: ({ count, seconds }) =>
      seconds * failedLookUpsPerSecond + count * failedLookUpsBurst + unknownKeysAtOnce,
  }),
  {
    what: 'one cold key, 10,000 requests, 1,000 at once',
    seconds: 14,
    secondsShort: 3.5,
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
    what: 'a 10 GB chunked body',
    seconds: 10,
    secondsShort: 3.5,
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
  guesses({
    what: 'guessed keys, 64 sent ahead',
    aheadMax: 64,
    lookUpsMax: limitedLookUps,
  }),
];

interface Guesses extends Pick<Row, 'what' | 'lookUpsMax'> {
  readonly fromEverywhere?: boolean;
  readonly aheadMax?: number;
}

function guesses({ fromEverywhere = false, aheadMax = 1, ...row }: Guesses): Row {
  return {
    ...row,
    seconds: 10,
    secondsShort: 3.5,
    task: ({ port }) => ({
      kind: 'guesses',
      port,
      path: stats,
      connections: 512,
      guessesPerSecond: 20_000,
      aheadMax,
      fromEverywhere,
    }),
    complaint: (counts) => {
      const odd = Object.keys(counts).filter((name) => /^answered (?!401|429|503)/.test(name));
      return odd.length > 0 ? `a guess was ${odd.join(', ')}` : undefined;
    },
    describe: (counts, seconds) => {
      const rate = perSecond(counts.sent, seconds);
      return `sent ${rate} a second of 20,000 wanted; ${answersIn(counts)}; ${counts['given up'] ?? 0} connections given up`;
    },
  };
}

function answersIn(counts: Counts): string {
  const answered = Object.entries(counts).filter(([name]) => name.startsWith('answered'));
  return answered.map(([name, count]) => `${count} × ${name.slice('answered '.length)}`).join(', ');
}

function limitedLookUps({ seconds }: Attacks): number {
  const windows = Math.ceil(seconds / 60) + 1;
  return windows * (failuresPerMinute + unknownKeysAtOnce);
}

function perSecond(count = 0, seconds: number): string {
  return Math.round(count / seconds).toLocaleString('en');
}

function inSeconds(ms = 0): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
