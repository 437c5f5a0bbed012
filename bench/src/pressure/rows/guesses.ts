import { sameMomentBounds, usualBounds } from '../bounds.ts';
import type { GoodTask, Origin } from '../load-messages.ts';
import type { Ground } from '../start-ground.ts';
import { type Attacks, answersIn, type Counts, type Flood, stats } from './row.ts';

/** The limits of services/gateway: FAILED_AUTHENTICATIONS_PER_MINUTE, and keys/introspection-limit.ts. */
const failuresPerMinute = 100;
const unknownKeysAtOnce = 16;
const failedLookUpsPerSecond = 100;
const failedLookUpsBurst = 128;
/** Look-ups that wait when the flood ends, and are made after it: 16 under way, and a quarter of a second's worth. */
const queuedLookUps = unknownKeysAtOnce + failedLookUpsPerSecond / 4;

export interface Guessing {
  readonly what: string;
  readonly from: Origin;
  readonly fromEverywhere?: boolean;
  readonly connections?: number;
  /** With more than 1 the guesses come in pieces of dozens. */
  readonly aheadMax?: number;
  good?(ground: Ground): GoodTask;
}

/** A flood of keys that were never created. */
export function guessing({
  what,
  from,
  fromEverywhere = false,
  connections = 512,
  aheadMax = 1,
  good,
}: Guessing): Flood {
  return {
    kind: 'flood',
    what,
    seconds: 10,
    secondsShort: 3.5,
    bounds: aheadMax > 1 ? sameMomentBounds : usualBounds,
    ...(good === undefined ? {} : { good }),
    task: ({ port }) => ({
      kind: 'guesses',
      port,
      path: stats,
      connections,
      guessesPerSecond: 20_000,
      aheadMax,
      from,
      fromEverywhere,
    }),
    lookUpsMax: fromEverywhere ? lookUpsForAll : lookUpsForOne,
    complaint: (counts) => {
      const odd = Object.keys(counts).filter((name) => /^answered (?!401|429|503)/.test(name));
      return odd.length > 0 ? `a guess was ${odd.join(', ')}` : undefined;
    },
    describe: (counts, seconds) => {
      const sent = Math.round((counts.sent ?? 0) / seconds).toLocaleString('en');
      return `sent ${sent} a second of 20,000 wanted; ${answersIn(counts)}; ${lostIn(counts)}`;
    },
  };
}

function lostIn(counts: Counts): string {
  return `${counts['given up'] ?? 0} connections given up, ${counts.closed ?? 0} closed by the gateway`;
}

function lookUpsForAll({ count, seconds }: Attacks): number {
  return seconds * failedLookUpsPerSecond + count * (failedLookUpsBurst + queuedLookUps);
}

/** An address over its limit still has one look-up a second. */
function lookUpsForOne({ seconds }: Attacks): number {
  const windows = Math.ceil(seconds / 60) + 1;
  return windows * (failuresPerMinute + unknownKeysAtOnce) + Math.ceil(seconds);
}
