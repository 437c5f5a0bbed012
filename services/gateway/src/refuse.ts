import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '@engagetrack/contracts';
import { problemAnswer } from '@engagetrack/service-chassis';
import { discardSlowly } from './discard-slowly.ts';

/** After a refusal at most this much of a body is still read, and for at most this long, so that the caller gets to read the answer. */
const lingerBytesMax = 8 * 1024 * 1024;
const lingerMs = 2_000;

/** Whom a refusal goes to. */
export interface Refused {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
}

/**
 * Sends a refusal. The connection ends with it where its bytes could still be read two ways, or where a body is on its
 * way: what follows must never be taken for the next request.
 *
 * The whole answer is written at once, but the connection is closed only after the rest of the body, up to a ceiling, so
 * that the caller gets to read it.
 */
export function refuse({ req, res, requestId }: Refused, problem: Problem): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(problem, req.headers.accept);
  const bodyUnread = isBodyUnread(req);
  // As one list: put on the answer one by one, each field would be an object more.
  const fields = ['X-Request-Id', requestId];
  for (const name in headers) fields.push(name, headers[name] ?? '');
  if (bodyUnread || status === 400 || status === 414 || status === 431) fields.push('Connection', 'close');
  res.writeHead(status, fields);
  if (!bodyUnread) {
    res.end(body);
    return;
  }
  res.write(body);
  discardBody(req, () => res.end());
}

function discardBody(req: IncomingMessage, done: () => void): void {
  const { socket } = req;
  if (socket.readableEnded) {
    done();
    return;
  }
  let discarded = 0;
  const deadline = setTimeout(stop, lingerMs);
  req.on('data', count);
  req.once('end', stop);
  req.once('close', stop);
  // The end of what the caller sends, where a broken body has none of its own.
  socket.once('end', stop);
  req.unpipe();
  const stopReading = discardSlowly(req);

  function count(chunk: Buffer): void {
    discarded += chunk.length;
    if (discarded > lingerBytesMax) stop();
  }

  function stop(): void {
    clearTimeout(deadline);
    stopReading();
    req.off('data', count);
    req.off('end', stop);
    req.off('close', stop);
    socket.off('end', stop);
    done();
  }
}

/** Whether some of its body may still come. */
export function isBodyUnread(req: IncomingMessage): boolean {
  return hasBody(req) && !req.complete;
}

/** By the raw framing fields: the parsed ones are replaced when a request is forwarded. */
export function hasBody({ rawHeaders }: IncomingMessage): boolean {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === 'transfer-encoding') return true;
    if (name === 'content-length' && Number(rawHeaders[index + 1]) > 0) return true;
  }
  return false;
}
