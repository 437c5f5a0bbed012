import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';

/** A child process of the run, which exchanges messages over its channel and ends with it. */
export interface Child {
  readonly process: ChildProcess;
  readonly exited: Promise<unknown>;
  /** The next message that it sends. */
  next(options?: { readonly signal: AbortSignal }): Promise<unknown>;
  stop(): Promise<void>;
}

/** The nice value (setpriority(2)) of a process that runs only when no other process wants its core. */
const lowestPriority = 19;

/** @param file the source that the child runs. */
export function forkChild(file: URL, { goesLast = false }: { readonly goesLast?: boolean } = {}): Child {
  const child = fork(fileURLToPath(file), { execArgv: ['--conditions=source'] });
  if (goesLast && child.pid !== undefined) setPriority(child.pid, lowestPriority);
  const exited = once(child, 'exit');
  return {
    process: child,
    exited,
    next: async (options = undefined) => (await once(child, 'message', options))[0],
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
