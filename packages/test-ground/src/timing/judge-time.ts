import { watchMachine } from './watch-machine.ts';

/** Attempts at a test that the machine spoiled. After the last one the test fails and says so. */
const attemptsMax = 3;

/** Begins to look at the machine; the returned function says what took it from the test, or undefined. */
export type WatchMachine = () => () => string | undefined;

/**
 * Runs a body that judges a time. A failure counts at once on a machine that was quiet meanwhile; on a busy one the body
 * runs again, at most twice.
 * @throws what the body threw, or Error `machine too busy to judge: …` with that as its cause.
 */
export async function judgeTime(body: () => Promise<void>, watch: WatchMachine = watchMachine): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const spoiledBy = watch();
    try {
      await body();
      spoiledBy();
      return;
    } catch (error) {
      const reason = spoiledBy();
      if (reason === undefined) throw error;
      const sentence = `machine too busy to judge: ${reason} (attempt ${attempt} of ${attemptsMax})`;
      process.stderr.write(`${sentence}\n`);
      if (attempt === attemptsMax) throw new Error(sentence, { cause: error });
    }
  }
}
