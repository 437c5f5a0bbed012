import { setTimeout as delay } from 'node:timers/promises';

/** Turns of the event loop in which what has happened by then comes to be noticed. */
const noticingTurns = 100;
const pollMs = 5;
/** Below this, every turn of the event loop is looked at. */
const closeLookMs = 1_000;

/**
 * Whether the condition holds by the time that a timer of so long, set now, has run. Gateway and test share one event
 * loop and one processor, so on a busy machine the timer is late with them: no bare clock decides, and a promise that is
 * broken is found all the same.
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

export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
