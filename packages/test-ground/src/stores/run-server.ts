import { findFreePort } from './free-port.ts';
import { waitFor } from './wait-for.ts';
import type { SpawnedProgram, WatchedServer } from './watched-server.ts';
import type { Program } from './watcher-messages.ts';

const readyDeadlineMs = 20_000;
const portAttemptsMax = 5;

export interface ServerRecipe {
  readonly name: string;
  readonly program: (port: number) => Program;
  /** Rejects while the server does not answer, and when a server with another process id answers. */
  readonly ask: (port: number, pid: number) => Promise<void>;
}

/** Starts a server on a port and resolves once it answers. */
export async function runServer(watched: WatchedServer, recipe: ServerRecipe, port: number): Promise<SpawnedProgram> {
  const spawned = await watched.spawn(recipe.program(port));
  let ended = false;
  spawned.exited.then(() => {
    ended = true;
  });
  const answered = async (): Promise<'ended' | 'answered'> => {
    if (ended) return 'ended';
    await recipe.ask(port, spawned.pid);
    return 'answered';
  };
  const outcome = await waitFor(answered, { deadlineMs: readyDeadlineMs, what: `an answer of ${recipe.name}` });
  if (outcome === 'ended') throw new ServerEnded(`${recipe.name} ended while starting: ${watched.logTail()}`);
  return spawned;
}

/** Starts a server on a free port, and tries another port when a different process has taken it first. */
export async function runServerOnFreePort(
  watched: WatchedServer,
  recipe: ServerRecipe,
): Promise<{ readonly port: number; readonly spawned: SpawnedProgram }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    try {
      return { port, spawned: await runServer(watched, recipe, port) };
    } catch (error) {
      if (!(error instanceof ServerEnded) || attempt === portAttemptsMax) throw error;
    }
  }
}

class ServerEnded extends Error {
  override readonly name = 'ServerEnded';
}
