import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '@engagetrack/contracts';
import { problemAnswer, requestIdFrom } from '@engagetrack/service-chassis';
import { dateHeader } from '../rate-limit.ts';
import { lingerThenClose } from './lingering-close.ts';

/**
 * Sends a refusal on a bare socket, with the same bytes as to a request, and closes the socket.
 * @param nowMs Unix milliseconds.
 * @returns the request id of the answer.
 */
export function refuseOnSocket(socket: Duplex, problem: Problem, nowMs: number): string {
  const { status, headers, body } = problemAnswer(problem, undefined);
  const requestId = requestIdFrom(undefined);
  const fields = { 'X-Request-Id': requestId, Connection: 'close', ...headers, Date: dateHeader(nowMs) };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
  lingerThenClose(socket, socket, () => socket.destroy());
  return requestId;
}
