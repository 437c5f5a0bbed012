import { doorVariables, type StoreName } from './store-door.ts';

/** Milliseconds that a store may take to start, on a busy machine. A later start fails the suite. */
const startDeadlineMs = 120_000;

/** Whether the run has such a store: known before any suite begins, without starting it. */
export function hasRunStore(name: StoreName): boolean {
  return doorOf(name) !== '';
}

/** The URL of the run's store. The first call of the run starts it. @throws Error with the reason where there is none. */
export function runStoreUrl(name: StoreName): Promise<string> {
  return ask(name, '');
}

/**
 * The run's Redis, in a logical database that no other suite of the run is given: a product's key service vouches for
 * the markers of its own database and no other.
 */
export function createRedisDatabaseUrl(): Promise<string> {
  return ask('redis', '/database');
}

async function ask(name: StoreName, path: string): Promise<string> {
  const door = doorOf(name);
  if (door === '')
    throw new Error(`This run has no ${name}: wrap the suite in describeWithRedis or describeWithPostgres`);
  const answer = await fetch(`${door}${path}`, { signal: AbortSignal.timeout(startDeadlineMs) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return text;
}

function doorOf(name: StoreName): string {
  return process.env[doorVariables[name]] ?? '';
}
