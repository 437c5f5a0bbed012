import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RunStore } from './run-stores.ts';

export type StoreName = 'redis' | 'postgres';

/** A server at which all processes of a run ask for its stores. The first request for a store starts it. */
export interface StoreDoor {
  /** Variables that suites find in their environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Closes this server, and ends the stores that were started. */
  close(): Promise<void>;
}

/** The variable that holds the address of a store's door; empty where the run has no such store. */
export const doorVariables: Readonly<Record<StoreName, string>> = {
  redis: 'TEST_REDIS_DOOR',
  postgres: 'TEST_POSTGRES_DOOR',
};

/**
 * @param stores of the run.
 * @param say prints a line when a store is started.
 */
export async function openStoreDoor(
  stores: Readonly<Record<StoreName, RunStore>>,
  say: (sentence: string) => void,
): Promise<StoreDoor> {
  const opened = new Set<StoreName>();
  let redisDatabases = 0;
  const open = async (name: StoreName): Promise<string> => {
    if (!opened.has(name)) say(stores[name].says);
    opened.add(name);
    return stores[name].open();
  };
  const answers: Readonly<Record<string, () => Promise<string>>> = {
    '/redis': () => open('redis'),
    '/postgres': () => open('postgres'),
    '/redis/database': async () => {
      redisDatabases += 1;
      const url = new URL(await open('redis'));
      url.pathname = `/${redisDatabases}`;
      return url.href;
    },
  };
  const server = createServer((req, res) => {
    const answer = answers[req.url ?? ''];
    if (answer === undefined) return void res.writeHead(404).end('There is no such store');
    answer().then(
      (text) => res.end(text),
      (error: unknown) => res.writeHead(503).end(error instanceof Error ? error.message : String(error)),
    );
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  // This server keeps no run from ending.
  server.unref();
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The door does not listen on a TCP port');
  const base = `http://127.0.0.1:${address.port}`;
  return {
    variables: {
      ...stores.redis.variables,
      ...stores.postgres.variables,
      [doorVariables.redis]: stores.redis.missing ? '' : `${base}/redis`,
      [doorVariables.postgres]: stores.postgres.missing ? '' : `${base}/postgres`,
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.all([stores.redis.stop(), stores.postgres.stop()]);
    },
  };
}
