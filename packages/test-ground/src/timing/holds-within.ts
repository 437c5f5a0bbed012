import { setTimeout as delay } from 'node:timers/promises';

/** Rounds of the event loop. A timer or message that is due is noticed within so many; after that the answer is no. */
const noticingTurns = 100;
const pollMs = 5;
/** Milliseconds. Up to this wait the condition is tried in every round of the event loop; beyond it, every `pollMs`. */
const closeLookMs = 1_000;

/**
 * Whether the condition holds by the time that a timer of so long, set now, has run. For work that shares its event
 * loop with the test: on a busy machine the timer is late together with the work, so no wall clock decides, and a
 * broken promise is still found.
 */
export async function holdsWithin(ms: number, condition: () => boolean): Promise<boolean> {
  let isOver = false;
  const control = setTimeout(() => {
    isOver = true;
  }, ms);
  while (!isOver && !condition()) await (ms <= closeLookMs ? turn() : delay(pollMs));
  clearTimeout(control);
  for (let turns = 0; turns < noticingTurns && !condition(); turns += 1) await turn();
  return condition();
}

/** Whether a promise is settled, either way, by the time that a timer of so long, set now, has run. */
export function settlesWithin(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  return holdsWithin(ms, () => isSettled);
}

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
