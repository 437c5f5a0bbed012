import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Problem } from '@engagetrack/contracts';
import { problemAnswer } from '@engagetrack/service-chassis';
import type { Exchange } from '../exchange.ts';
import { rateLimitFields } from '../rate-limit.ts';
import { hasBody } from '../request-body.ts';
import { lingerThenClose } from './lingering-close.ts';

/** The request that is refused. */
export interface Refused {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly requestId: string;
  /** Undefined for a request that a check of the entrance refused. */
  readonly exchange: Pick<Exchange, 'quota'> | undefined;
}

/**
 * Sends a refusal. The connection ends with it when its bytes could be read two ways, or when a body is still coming:
 * the following bytes must never count as the next request.
 *
 * The whole answer is written at once, but the connection is closed only after the rest of the body, up to a ceiling,
 * so that the caller can read the answer.
 * @param isLast closes the connection behind this refusal in any case.
 */
export function refuse({ req, res, requestId, exchange }: Refused, problem: Problem, isLast = false): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(problem, req.headers.accept);
  const bodyUnread = isBodyUnread(req);
  // One list: with a call for each field node:http would copy them twice.
  const fields = ['X-Request-Id', requestId, ...rateLimitFields(exchange?.quota)];
  for (const name in headers) fields.push(name, headers[name] ?? '');
  if (bodyUnread || status === 400 || status === 414 || status === 431 || isLast) fields.push('Connection', 'close');
  res.writeHead(status, fields);
  if (!bodyUnread) {
    res.end(body);
    return;
  }
  res.write(body);
  lingerThenClose(req, req.socket, () => res.end());
}

/** Whether a part of its body may still come. */
export function isBodyUnread(req: IncomingMessage): boolean {
  return hasBody(req) && !req.complete;
}
