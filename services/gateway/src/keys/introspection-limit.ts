import type { ApiKeyHash } from '@engagetrack/api-key';
import { type Introspection, unavailable } from '@engagetrack/contracts';
import { createBoundedWork } from '@engagetrack/service-chassis';
import type { Introspect } from './introspection-client.ts';
import { createTokenBucket } from './token-bucket.ts';

/**
 * Throws when the question must not be asked after all, for instance because the address has guessed too often
 * meanwhile.
 */
export type MayAsk = () => void;

/**
 * Asks the authority. A question about an unknown key calls `mayAsk` just before it is sent.
 * @returns rejects with a Problem 503: at once when too many unknown keys wait or the authority is silent.
 */
export type AskAuthority = (hash: ApiKeyHash, mayAsk?: MayAsk) => Promise<Introspection>;

/**
 * Questions from this gateway to the authority. More than concurrentMax wait; past waitingMax, or after waitMs, they
 * are refused with 503. Questions about keys that this gateway has known live never wait behind unknown ones, so a
 * flood of guesses delays no known key, and ten thousand known keys can be asked about at the same time.
 */
const knownBounds = { concurrentMax: 32, waitingMax: 16_384, waitMs: 5_000 };
const unknownKeysBounds = { concurrentMax: 16, waitingMax: 2_048, waitMs: 2_000 };
/**
 * Failed look-ups a second and at once, the largest cost of a guess here and at the authority. A
 * look-up that finds a live key is not counted: a gateway that has just started learns its callers' keys as fast as the
 * authority answers. Beyond them unknown keys
 * wait. The burst is larger than the limit of one address, so a single guesser meets its own limit and delays no other
 * caller.
 */
const failedLookUps = { perSecond: 100, burst: 128 };
/**
 * Unknown keys. While failed look-ups exceed their bucket, the queue moves at its rate; beyond this many a caller would
 * wait longer than a quarter of a second, and is refused at once.
 */
const queuedUnknownKeysMax = unknownKeysBounds.concurrentMax + failedLookUps.perSecond / 4;

/**
 * Questions. After so many in a row without an answer, unknown keys are refused at once instead of waiting for a
 * deadline each; one at each attempt interval tests whether there are answers again. One late answer about an unknown
 * key counts as so many. Known keys are always asked about.
 */
const unansweredMax = 3;
const attemptIntervalMs = 100;
/**
 * Milliseconds. A question about an unknown key that takes longer is refused. The key service gives its database less
 * time than this (db/database.ts), so a slower one is in trouble.
 */
const unknownKeyDeadlineMs = 200;

/** @param monotonicNow a clock that never steps, milliseconds. */
export function createIntrospectionLimit(introspect: Introspect, monotonicNow: () => number): AskAuthority {
  const known = createBoundedWork(knownBounds);
  const unknownKeys = createBoundedWork(unknownKeysBounds);
  const failures = createTokenBucket(failedLookUps);
  let unanswered = 0;
  let attemptDueAtMs = 0;
  let queuedUnknownKeys = 0;
  return (hash, mayAsk) => (mayAsk === undefined ? known(() => askFor(hash)) : enqueueUnknownKey(hash, mayAsk));

  async function enqueueUnknownKey(hash: ApiKeyHash, mayAsk: MayAsk): Promise<Introspection> {
    if (queuedUnknownKeys >= queuedUnknownKeysMax && failures.waitMs(monotonicNow()) > 0)
      throw unavailable('unknown_keys_over_capacity');
    queuedUnknownKeys += 1;
    try {
      return await unknownKeys(() => lookUpUnknownKey(hash, mayAsk));
    } finally {
      queuedUnknownKeys -= 1;
    }
  }

  async function lookUpUnknownKey(hash: ApiKeyHash, mayAsk: MayAsk): Promise<Introspection> {
    refuseWhileSilent();
    while (!failures.take(monotonicNow())) await pause(failures.waitMs(monotonicNow()));
    try {
      mayAsk();
    } catch (error) {
      failures.giveBack();
      throw error;
    }
    // Only a live key gives the token back: a failed question has cost the authority its work too.
    const answer = await inTime(askFor(hash));
    if (answer.active) failures.giveBack();
    return answer;
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
    const dueAtMs = monotonicNow() + unknownKeyDeadlineMs;
    const lateness = Promise.withResolvers<never>();
    let timer = setTimeout(judge, unknownKeyDeadlineMs);
    let isOver = false;
    try {
      return await Promise.race([asked, lateness.promise]);
    } finally {
      isOver = true;
      clearTimeout(timer);
    }

    // After a busy moment timers are due before the process has read the answers, so those are read first.
    function judge(): void {
      setImmediate(() => {
        if (isOver) return;
        const leftMs = dueAtMs - monotonicNow();
        if (leftMs > 0) {
          timer = setTimeout(judge, leftMs);
          return;
        }
        // The questions in the queue have waited as long, or will.
        unanswered = Math.max(unanswered, unansweredMax);
        attemptDueAtMs = monotonicNow() + attemptIntervalMs;
        lateness.reject(unavailable('authority_silent'));
      });
    }
  }

  function refuseWhileSilent(): void {
    if (unanswered < unansweredMax) return;
    const nowMs = monotonicNow();
    if (nowMs < attemptDueAtMs) throw unavailable('authority_silent');
    attemptDueAtMs = nowMs + attemptIntervalMs;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
