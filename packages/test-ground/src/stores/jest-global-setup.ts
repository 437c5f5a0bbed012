import { findRunPostgres, findRunRedis, type RunStore } from './run-stores.ts';
import { openStoreDoor, type StoreDoor } from './store-door.ts';

/** The global set-up opens it and the global tear-down closes it: both run in one process and load this file once. */
let door: StoreDoor | undefined;

/**
 * Before any suite: finds the run's Redis and Postgres without starting them, and tells suites their addresses. Ends
 * the run with one sentence when a given store does not answer, and with `CI=true` when one is missing.
 */
export default async function findRunStores(): Promise<void> {
  const [redis, postgres] = await Promise.all([
    findRunRedis(process.env).catch(refuse),
    findRunPostgres(process.env).catch(refuse),
  ]);
  const lacking = [redis, postgres].filter(({ cannotStart }) => cannotStart);
  for (const { says } of lacking) say(says);
  if (lacking.length > 0 && process.env.CI === 'true')
    refuse(new Error('With CI=true no suite may be skipped: install what the lines above name'));
  door = await openStoreDoor({ redis, postgres }, say);
  Object.assign(process.env, door.variables);
}

/** After the last suite: nothing of the run's stores is left. */
export async function closeRunStores(): Promise<void> {
  await door?.close();
  door = undefined;
}

/** Prints the sentence itself: jest would print a stack beside it. */
function refuse(error: unknown): RunStore & never {
  say(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

function say(sentence: string): void {
  process.stderr.write(`stores: ${sentence}\n`);
}
