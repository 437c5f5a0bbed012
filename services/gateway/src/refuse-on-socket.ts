import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Problem } from '@engagetrack/contracts';
import { problemAnswer, requestIdFrom } from '@engagetrack/service-chassis';
import { discardSlowly } from './discard-slowly.ts';
import { dateHeader } from './rate-limit.ts';

/**
 * Bytes and milliseconds that are still read after a refusal, so that the caller can read it; beyond either the
 * connection is closed.
 */
const lingerBytesMax = 8 * 1024 * 1024;
const lingerMs = 2_000;

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
  discard(socket);
  return requestId;
}

function discard(socket: Duplex): void {
  let discarded = 0;
  const stopReading = discardSlowly(socket);
  const deadline = setTimeout(() => socket.destroy(), lingerMs);
  socket.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > lingerBytesMax) socket.destroy();
  });
  socket.once('end', () => socket.destroy());
  socket.once('close', () => {
    clearTimeout(deadline);
    stopReading();
  });
}
