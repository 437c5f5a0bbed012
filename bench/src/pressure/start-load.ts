import { forkChild } from '../load-kit/fork-child.ts';
import { type LoadFigures, type LoadQuestion, type LoadTask, parseLoadReply } from './load-messages.ts';

export interface LoadProcess {
  begin(task: LoadTask): Promise<void>;
  take(): Promise<LoadFigures>;
  /** Ends the task and returns its last figures. */
  end(): Promise<LoadFigures>;
  stop(): Promise<void>;
}

const answerDeadlineMs = 30_000;

type Asked = { resolve(figures: LoadFigures): void; reject(error: Error): void };

export function startLoad({ isAttack }: { readonly isAttack: boolean }): LoadProcess {
  const child = forkChild(new URL('./load-process.ts', import.meta.url), { goesLast: isAttack });
  const asked = new Map<number, Asked>();
  let questions = 0;
  child.process.on('message', (message) => {
    const reply = parseLoadReply(message);
    if ('figures' in reply) asked.get(reply.id)?.resolve(reply.figures);
    else asked.get(reply.id)?.reject(new Error(reply.complaint));
  });
  child.process.on('exit', () => {
    for (const { reject } of asked.values()) reject(new Error('A load process has ended'));
  });

  return {
    begin: async (task) => void (await ask((id) => ({ id, ask: 'begin', task }))),
    take: () => ask((id) => ({ id, ask: 'take' })),
    end: () => ask((id) => ({ id, ask: 'end' })),
    stop: child.stop,
  };

  function ask(questionOf: (id: number) => LoadQuestion): Promise<LoadFigures> {
    questions += 1;
    const id = questions;
    return new Promise<LoadFigures>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error('A load process does not answer')), answerDeadlineMs);
      const settle = (): void => {
        clearTimeout(deadline);
        asked.delete(id);
      };
      asked.set(id, {
        resolve: (figures) => {
          settle();
          resolve(figures);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      child.process.send(questionOf(id));
    });
  }
}
