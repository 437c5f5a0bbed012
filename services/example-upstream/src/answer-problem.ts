import { Problem } from '@engagetrack/contracts';
import { type Logger, problemFromError } from '@engagetrack/service-chassis';
import type { ErrorRequestHandler } from 'express';

/**
 * Turns anything thrown into `{"error"}`. An upstream's answer has no `X-Error-Code`: by that header a reader tells
 * the gateway's own errors from those that it passes on.
 */
export function createProblemAnswerer(log: Logger): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (error: unknown, _req, res, _next) => {
    const problem = problemOf(error);
    if (problem.status >= 500) log.error({ at: 'problem', reason: problem.reason, err: problem.cause ?? problem });
    if (res.headersSent) {
      // A torn answer must not look like a whole one.
      res.destroy();
      return;
    }
    res.status(problem.status).set(problem.headers).json({ error: problem.message });
  };
}

function problemOf(error: unknown): Problem {
  // A path segment that is not percent-encoded UTF-8: what the router throws has no type of its own.
  if (error instanceof URIError) return new Problem('bad_request', { cause: error });
  return problemFromError(error);
}
