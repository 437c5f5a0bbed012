/**
 * A load process: does one task at a time, on messages from its parent, and ends with it. Attacks run in processes of
 * their own, so that they can have the lowest priority.
 */
import { sendEndlessBodies } from './attacks/endless-body.ts';
import { guessKeys } from './attacks/guesses.ts';
import { useOneKey } from './attacks/one-key.ts';
import { openSlowSockets } from './attacks/slow-sockets.ts';
import { callWell } from './good-calls.ts';
import {
  type LoadFigures,
  type LoadQuestion,
  type LoadReply,
  type LoadTask,
  parseLoadQuestion,
} from './load-messages.ts';
import { callInParallel } from './parallel-calls.ts';
import type { RunningLoad } from './running-load.ts';

let running: RunningLoad | undefined;

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  const question = parseLoadQuestion(message);
  try {
    reply({ id: question.id, figures: answer(question) });
  } catch (error) {
    reply({ id: question.id, complaint: error instanceof Error ? error.message : String(error) });
  }
});

function answer(question: LoadQuestion): LoadFigures {
  if (question.ask === 'begin') {
    running?.end();
    running = begin(question.task);
    return { counts: {} };
  }
  const figures = running?.take() ?? { counts: {} };
  if (question.ask === 'end') {
    running?.end();
    running = undefined;
  }
  return figures;
}

function begin(task: LoadTask): RunningLoad {
  switch (task.kind) {
    case 'good':
      return callWell(task);
    case 'parallel':
      return callInParallel(task);
    case 'slow_sockets':
      return openSlowSockets(task);
    case 'guesses':
      return guessKeys(task);
    case 'one_key':
      return useOneKey(task);
    case 'endless_body':
      return sendEndlessBodies(task);
  }
}

function reply(message: LoadReply): void {
  process.send?.(message);
}
