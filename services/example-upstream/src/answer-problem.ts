import { Problem } from '@engagetrack/contracts';
import { type Logger, problemFromError } from '@engagetrack/service-chassis';
import type { ErrorRequestHandler } from 'express';

/**
 * Turns any thrown value into `{"error"}`. An upstream's answer has no `X-Error-Code`: that header tells the gateway's
 * own errors from those that it forwards.
 */
export function createProblemAnswerer(log: Logger): ErrorRequestHandler {
  // Express recognizes an error handler by its four parameters.
  return (error: unknown, _req, res, _next) => {
    const problem = problemOf(error);
    if (problem.status >= 500) log.error({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    if (res.headersSent) {
      // A torn answer must not look complete.
      res.destroy();
      return;
    }
    res.status(problem.status).set(problem.headers).json({ error: problem.message });
  };
}

function problemOf(error: unknown): Problem {
  // For a path segment that is not percent-encoded UTF-8 the router throws an error without a type.
  if (error instanceof URIError) return new Problem('bad_request', { cause: error });
  return problemFromError(error);
}
