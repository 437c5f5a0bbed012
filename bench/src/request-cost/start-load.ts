import { setTimeout as delay } from 'node:timers/promises';
import { forkChild } from '../load-kit/fork-child.ts';
import { type LoadResult, type LoadTask, parseLoadReply } from './load-messages.ts';

/** The load generator as a process of its own, for one task at a time. */
export interface LoadGenerator {
  /** @throws Error with the reason why a task has no result: an answer that is not 200, for example. */
  apply(task: LoadTask): Promise<LoadResult>;
  stop(): Promise<void>;
}

/** Milliseconds beyond the planned time of a task. After them the task fails. */
const graceMs = 20_000;

export function startLoad(): LoadGenerator {
  const child = forkChild(new URL('./load.ts', import.meta.url));

  return {
    apply: async (task) => {
      const done = new AbortController();
      const { signal } = done;
      const deadlineMs = task.leadInMs + task.measureMs + graceMs;
      const answer = child.next({ signal });
      const ended = child.exited.then(() => Promise.reject(new Error('The load generator has ended')));
      const late = delay(deadlineMs, undefined, { signal }).then(() =>
        Promise.reject(new Error(`The load generator gave no result within ${deadlineMs} ms`)),
      );
      try {
        child.process.send(task);
        const reply = parseLoadReply(await Promise.race([answer, ended, late]));
        if (!reply.ok) throw new Error(reply.reason);
        return reply.result;
      } finally {
        done.abort();
      }
    },
    stop: child.stop,
  };
}
