import { judgeTime } from './judge-time.ts';

// Jest's globals and not its import: this package's door is also opened outside jest, where that import throws.
declare const it: typeof import('@jest/globals').it;

/** Milliseconds for all attempts of one test together. After that the test fails. */
const deadlineMs = 360_000;

/**
 * A test that judges a duration, in a file `*.timed.test.ts`: those run alone, one after another. A failure on a
 * machine that was busy with other work repeats the test, so its body prepares everything it needs.
 */
export function itJudgesTime(name: string, body: () => Promise<void>): void {
  it(name, () => judgeTime(body), deadlineMs);
}
