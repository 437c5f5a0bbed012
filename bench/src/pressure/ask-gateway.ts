import { request } from 'node:http';
import type { Call, Origin } from './load-messages.ts';

/** Milliseconds. A later answer counts as none. */
const answerDeadlineMs = 10_000;

/** One GET on a connection of its own. @returns its status; 0 without an answer in time. */
export function askGateway(
  port: number,
  { path, bearer }: Call,
  { localAddress, forwardedFor }: Origin,
): Promise<number> {
  return new Promise((resolve) => {
    const headers = {
      Authorization: `Bearer ${bearer}`,
      ...(forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor }),
    };
    const asked = request({ host: '127.0.0.1', port, path, localAddress, headers, agent: false }, (answer) => {
      answer.resume();
      answer.on('close', () => resolve(answer.statusCode ?? 0));
    });
    asked.setTimeout(answerDeadlineMs, () => asked.destroy());
    asked.on('error', () => resolve(0));
    asked.end();
  });
}
