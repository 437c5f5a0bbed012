import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type LoadResult, type LoadTask, parseLoadReply } from './load-messages.ts';

/** The load generator as a process of its own, which does one task at a time. */
export interface LoadGenerator {
  /** @throws Error with the sentence that says why a task has no result: an answer that is not 200, for example. */
  apply(task: LoadTask): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** On top of what a task is meant to take. */
const graceMs = 20_000;

export function startLoad(): LoadGenerator {
  const child = fork(fileURLToPath(new URL('./load.ts', import.meta.url)), { execArgv: ['--conditions=source'] });
  const exited = once(child, 'exit');

  return {
    apply: async (task) => {
      const done = new AbortController();
      const { signal } = done;
      const deadlineMs = task.leadInMs + task.measureMs + graceMs;
      const answer = once(child, 'message', { signal });
      const ended = exited.then(() => Promise.reject(new Error('The load generator has ended')));
      const late = delay(deadlineMs, undefined, { signal }).then(() =>
        Promise.reject(new Error(`The load generator gave no result within ${deadlineMs} ms`)),
      );
      try {
        child.send(task);
        const reply = parseLoadReply((await Promise.race([answer, ended, late]))[0]);
        if (!reply.ok) throw new Error(reply.reason);
        return reply.result;
      } finally {
        done.abort();
      }
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
