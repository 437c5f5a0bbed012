import { judgeTime } from './judge-time.ts';

// Jest's globals and not its import: this package's door is also opened outside jest, where that import throws.
declare const it: typeof import('@jest/globals').it;

/** Milliseconds for all attempts of one test together. */
const deadlineMs = 360_000;

/**
 * A test that judges how long something takes, in a file `*.timed.test.ts`: those run alone, one after another. Where it
 * fails on a machine that was busy with other work, it is repeated, so its body prepares what it needs itself.
 */
export function itJudgesTime(name: string, body: () => Promise<void>): void {
  it(name, () => judgeTime(body), deadlineMs);
}
