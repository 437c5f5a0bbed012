import { watchMachine } from './watch-machine.ts';

/** Attempts at a test that a busy machine disturbed. After the last one the test fails and says so. */
const attemptsMax = 3;

/** Begins to watch the machine; the returned function names the work that disturbed the test, or undefined. */
export type WatchMachine = () => () => string | undefined;

/**
 * Runs a body that judges a time. A failure counts at once when the machine was quiet meanwhile; otherwise the body
 * runs again, at most twice.
 * @throws the error of the body, or Error `machine too busy to judge: …` with that as its cause.
 */
export async function judgeTime(
  body: () => Promise<void>,
  watch: WatchMachine = watchMachine,
  say: (sentence: string) => void = (sentence) => void process.stderr.write(`${sentence}\n`),
): Promise<void> {
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
      say(sentence);
      if (attempt === attemptsMax) throw new Error(sentence, { cause: error });
    }
  }
}
