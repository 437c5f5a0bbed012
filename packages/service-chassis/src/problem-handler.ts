import { Problem, type ProblemCode } from '@engagetrack/contracts';
import type { ErrorRequestHandler } from 'express';
import type { Logger } from './logger.ts';
import { sendProblem } from './problem-answer.ts';

/**
 * The one place where anything thrown becomes an answer. What is not a {@link Problem} is a fault of ours: it is
 * logged with its cause and answered 503, without a word of it reaching the client.
 */
export function createProblemHandler(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, req, res, _next) => {
    const problem = problemFromError(error);
    if (problem.status >= 500) log.error({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    sendProblem(req, res, problem);
  };
}

/** The problem that a thrown value stands for; errors of express's own body parser have their documented statuses. */
export function problemFromError(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const code = codeByParserError.get(typeOf(error));
  if (code !== undefined) return new Problem(code, { cause: error });
  return new Problem('unavailable', { headers: { 'Retry-After': '1' }, reason: 'internal_error', cause: error });
}

/** The `type` values of the body-parser package's errors. */
const codeByParserError: ReadonlyMap<string, ProblemCode> = new Map([
  ['entity.too.large', 'payload_too_large'],
  ['entity.parse.failed', 'bad_request'],
  ['entity.verify.failed', 'bad_request'],
  ['request.aborted', 'bad_request'],
  ['request.size.invalid', 'bad_request'],
  ['charset.unsupported', 'unsupported_media_type'],
  ['encoding.unsupported', 'unsupported_media_type'],
]);

function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : '';
}
