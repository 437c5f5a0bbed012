import type { IncomingMessage, ServerResponse } from 'node:http';
import { badRequestDetail, type Problem } from '@engagetrack/contracts';
import { prefersProblemJson } from './prefers-problem-json.ts';

/** An error answer as bytes on the wire, so that a raw socket and a response object send the same. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The answer to a problem: `{"error": …}`, or the same as RFC 9457 when the `Accept` header prefers
 * `application/problem+json`; there `error` is kept as an extension member, and a 400 has its `reason` and `detail`.
 */
export function problemAnswer(problem: Problem, accept: string | undefined): ProblemAnswer {
  const asProblemJson = prefersProblemJson(accept);
  const body = asProblemJson
    ? JSON.stringify({
        type: `urn:engagetrack:problem:${problem.code}`,
        title: problem.message,
        status: problem.status,
        error: problem.message,
        ...explanation(problem),
      })
    : JSON.stringify({ error: problem.message });
  return {
    status: problem.status,
    headers: {
      'Content-Type': asProblemJson ? 'application/problem+json; charset=utf-8' : 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Error-Code': problem.code,
      ...problem.headers,
      'Content-Length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** Only for 400: the reason of a 401 would tell a guess from a revoked key. */
function explanation({ code, reason }: Problem): { readonly reason: string; readonly detail: string } | undefined {
  const detail = code === 'bad_request' ? badRequestDetail(reason) : undefined;
  return detail === undefined ? undefined : { reason, detail };
}

/**
 * Sends the answer to a problem. After the head of another answer the status cannot change any more: the connection is
 * destroyed, so that the client cannot mistake a torn answer for a complete one.
 */
export function sendProblem(req: IncomingMessage, res: ServerResponse, problem: Problem): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { status, headers, body } = problemAnswer(problem, req.headers.accept);
  res.statusCode = status;
  for (const name in headers) res.setHeader(name, headers[name] ?? '');
  res.end(body);
}
