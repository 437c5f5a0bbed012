import type { ApiKeyHash } from '@engagetrack/api-key';
import { type Introspection, unavailable } from '@engagetrack/contracts';
import { createBoundedWork } from '@engagetrack/service-chassis';
import { createPace } from '../pace.ts';
import type { Introspect } from './introspection-client.ts';

/** Throws when the question is not to be asked after all, such as for an address that has guessed too often meanwhile. */
export type MayAsk = () => void;

/**
 * Asks the authority; about a hash that nobody has vouched for yet only if it still may when its turn comes.
 * @throws Problem 503 at once where too many strangers stand in line: most of what a flood sends costs no promise.
 */
export type AskAuthority = (hash: ApiKeyHash, mayAsk?: MayAsk) => Promise<Introspection>;

/**
 * How many questions the authority gets from one gateway at once, and how many more may wait how long. What is asked
 * about keys that this gateway has known live never waits behind what strangers make up: a flood of guesses holds
 * nobody up who is known. Ten thousand keys that have to be asked about at the same time all get their turn.
 */
const knownBounds = { concurrentMax: 32, waitingMax: 16_384, waitMs: 5_000 };
const strangersBounds = { concurrentMax: 16, waitingMax: 2_048, waitMs: 2_000 };
/**
 * A look-up is what a guess costs most, here and at the authority. Only those in vain are counted: a gateway that has just
 * started learns its callers' keys as fast as the authority tells them. At first there are more than one address may have:
 * a single guesser is told of its own limit, and never stands in anybody's way.
 */
const looksInVain = { perSecond: 100, burst: 128, waitingMax: strangersBounds.concurrentMax };
/** Nor do those first ones all come at the same moment, when the authority and its database would do nothing else. */
const looksInVainAtFirst = { ...looksInVain, perSecond: 200, burst: strangersBounds.concurrentMax };
/**
 * While look-ups are in vain, those in line move at that pace: who comes behind so many would wait for longer than it is
 * worth, and is told at once.
 */
const inVainMax = strangersBounds.concurrentMax + looksInVain.perSecond / 4;

/**
 * After so many questions in a row without an answer, strangers are told so at once instead of waiting for a deadline
 * each; one of them in a while finds out whether there are answers again. An answer that is late for a stranger counts as
 * so many. Known keys are always asked about.
 */
const unansweredMax = 3;
const attemptIntervalMs = 100;
/**
 * A stranger is told within a quarter of a second that nobody can vouch for its key: the key service gives its database
 * less time than this (db/database.ts), so one that takes longer is in trouble.
 */
const strangersPatienceMs = 200;

/** @param monotonicNow a clock that never steps, milliseconds. */
export function createIntrospectionLanes(introspect: Introspect, monotonicNow: () => number): AskAuthority {
  const known = createBoundedWork(knownBounds);
  const strangers = createBoundedWork(strangersBounds);
  const pace = createPace(looksInVain);
  const paceAtFirst = createPace(looksInVainAtFirst);
  let unanswered = 0;
  let attemptDueAtMs = 0;
  let strangersHere = 0;
  return (hash, mayAsk) => {
    if (mayAsk === undefined) return known(() => askFor(hash));
    if (strangersHere >= inVainMax && pace.isSpent()) throw unavailable('strangers_over_capacity');
    return askAboutStranger(hash, mayAsk);
  };

  async function askAboutStranger(hash: ApiKeyHash, mayAsk: MayAsk): Promise<Introspection> {
    strangersHere += 1;
    try {
      return await strangers(() => look(hash, mayAsk));
    } finally {
      strangersHere -= 1;
    }
  }

  async function look(hash: ApiKeyHash, mayAsk: MayAsk): Promise<Introspection> {
    refuseWithoutHope();
    await new Promise<void>((resolve) => paceAtFirst.take(resolve));
    await new Promise<void>((resolve) => pace.take(resolve));
    let isInVain = false;
    try {
      mayAsk();
      const answer = await inTime(askFor(hash));
      isInVain = !answer.active;
      return answer;
    } finally {
      if (!isInVain) for (const { giveBack } of [pace, paceAtFirst]) giveBack(1);
    }
  }

  async function askFor(hash: ApiKeyHash): Promise<Introspection> {
    try {
      const answer = await introspect(hash);
      unanswered = 0;
      return answer;
    } catch (error) {
      unanswered += 1;
      throw error;
    }
  }

  async function inTime(asked: Promise<Introspection>): Promise<Introspection> {
    const dueAtMs = monotonicNow() + strangersPatienceMs;
    const lateness = Promise.withResolvers<never>();
    let timer = setTimeout(judge, strangersPatienceMs);
    let isOver = false;
    try {
      return await Promise.race([asked, lateness.promise]);
    } finally {
      isOver = true;
      clearTimeout(timer);
    }

    // A process that was busy finds its timers due before it has read what came meanwhile: that is read first.
    function judge(): void {
      setImmediate(() => {
        if (isOver) return;
        const leftMs = dueAtMs - monotonicNow();
        if (leftMs > 0) {
          timer = setTimeout(judge, leftMs);
          return;
        }
        // Those in line have waited as long, or will.
        unanswered = Math.max(unanswered, unansweredMax);
        attemptDueAtMs = monotonicNow() + attemptIntervalMs;
        lateness.reject(unavailable('authority_silent'));
      });
    }
  }

  function refuseWithoutHope(): void {
    if (unanswered < unansweredMax) return;
    const nowMs = monotonicNow();
    if (nowMs < attemptDueAtMs) throw unavailable('authority_silent');
    attemptDueAtMs = nowMs + attemptIntervalMs;
  }
}
