import { Problem, type ProblemCode } from '@engagetrack/contracts';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from './logger.ts';
import { sendProblem } from './problem-answer.ts';

/**
 * The one place where anything thrown becomes an answer. What is not a {@link Problem} is a fault of ours: it is
 * logged with its cause and answered 503, without a word of it reaching the client.
 * @param explain what an error of a dependency stands for; undefined for one that it does not know.
 */
export function createProblemHandler(
  log: Logger,
  explain: (error: unknown) => Problem | undefined = () => undefined,
): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, req, res, _next) => {
    const problem = explain(error) ?? problemFromError(error);
    if (problem.status >= 500) log.error({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    sendProblem(req, res, problem);
  };
}

/**
 * The problem that a thrown value stands for. Express, its router and its body parser mark what the client did wrong
 * by a `status` from 400 to 499; nothing of ours or of a database driver carries one.
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
