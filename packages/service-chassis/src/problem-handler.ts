import { Problem, type ProblemCode } from '@engagetrack/contracts';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from './logger.ts';
import { sendProblem } from './problem-answer.ts';

/**
 * The one place where a thrown value becomes an answer. A value that is no {@link Problem} is a fault of ours: it is
 * logged with its cause and answered 503, and the client sees nothing of it.
 * @param explain translates an error of a dependency into a Problem; undefined for an error that it does not know.
 */
export function createProblemHandler(
  log: Logger,
  explain: (error: unknown) => Problem | undefined = () => undefined,
): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, req, res, _next) => {
    const problem = explain(error) ?? problemFromError(error);
    if (problem.status >= 500) log.error({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    sendProblem(req, res, problem);
  };
}

/**
 * The problem for a thrown value. Express, its router and its body parser mark a client's mistakes with a `status` from
 * 400 to 499; no error of ours or of a database driver has one.
 */
export function problemFromError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = statusOf(error);
  if (status >= 400 && status < 500) return new Problem(codeByStatus.get(status) ?? 'bad_request', { cause: error });
  return new Problem('unavailable', { headers: { 'Retry-After': '1' }, reason: 'internal_error', cause: error });
}

const codeByStatus: ReadonlyMap<number, ProblemCode> = new Map([
  [404, 'not_found'],
  [413, 'payload_too_large'],
  [415, 'unsupported_media_type'],
]);

function statusOf(error: unknown): number {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : 0;
}
