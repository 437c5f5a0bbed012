/**
 * The closed catalogue of errors as a client sees them.
 *
 * Guarantee: every error body of every service is made from a row of this table; the four published bodies are pinned
 * byte for byte by a test. The internal error travels in `cause` for the log and never reaches a client.
 */
const catalogue = {
  bad_request: { status: 400, text: 'Bad request' },
  /** The key service's refusal of one field or parameter: the text is one sentence naming it. */
  invalid_input: { status: 400, text: 'The request is not valid' },
  invalid_key: { status: 401, text: 'Invalid or expired API key' },
  invalid_session: { status: 401, text: 'Invalid or expired session' },
  /** Internal listener only: the caller did not prove to be a gateway. */
  invalid_internal_token: { status: 401, text: 'Invalid internal token' },
  invalid_login: { status: 401, text: 'Invalid email or password' },
  plan_required: { status: 402, text: 'API key access requires a Startup plan or higher' },
  missing_scope: { status: 403, text: 'API key missing required scope' },
  forbidden: { status: 403, text: 'Your role in this organization does not allow this' },
  not_found: { status: 404, text: 'Not found' },
  method_not_allowed: { status: 405, text: 'Method not allowed' },
  payload_too_large: { status: 413, text: 'Payload too large' },
  uri_too_long: { status: 414, text: 'URI too long' },
  unsupported_media_type: { status: 415, text: 'Unsupported media type' },
  rate_limited: { status: 429, text: 'Rate limit exceeded' },
  headers_too_large: { status: 431, text: 'Request header fields too large' },
  upstream_unreachable: { status: 502, text: 'Upstream service unavailable' },
  unavailable: { status: 503, text: 'Service temporarily unavailable' },
  upstream_timeout: { status: 504, text: 'Upstream service timed out' },
} as const satisfies Record<string, { readonly status: number; readonly text: string }>;

export type ProblemCode = keyof typeof catalogue;

export const problemCodes: readonly ProblemCode[] = Object.keys(catalogue).filter(isProblemCode);

export interface ProblemDetails {
  /** Public text in place of the catalogue's; for codes whose sentence names something. */
  readonly text?: string;
  /** Response headers that belong to this error, such as `WWW-Authenticate` or `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The internal error, for the log only. */
  readonly cause?: unknown;
  /** The reason as one word for the log line, where the code alone does not tell. */
  readonly reason?: string;
}

/**
 * An error as the client will see it: any stage throws it, and one place turns it into an answer.
 *
 * It has no stack: its cause has one where something failed. A stack would take half a kilobyte of each refusal that
 * waits in a queue.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(details.text ?? catalogue[code].text, details.cause === undefined ? undefined : { cause: details.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.status = catalogue[code].status;
    this.headers = details.headers ?? {};
    this.reason = details.reason ?? code;
  }
}

/** 403 for a key without the route's scope, with the challenge of RFC 6750 section 3.1. */
export function missingScope(scope: string): Problem {
  return new Problem('missing_scope', {
    text: `API key missing required scope: ${scope}`,
    headers: { 'WWW-Authenticate': `Bearer realm="engagetrack", error="insufficient_scope", scope="${scope}"` },
  });
}

/**
 * 429 that names the second from which a new try succeeds.
 * @param resetSeconds Unix time in whole seconds, the same as in `X-RateLimit-Reset`.
 * @param retryAfterSeconds whole seconds until then, at least 1.
 * @param details further headers of the answer, and the reason where it is not a spent quota.
 */
export function rateLimited(
  resetSeconds: number,
  retryAfterSeconds: number,
  { headers, ...details }: Pick<ProblemDetails, 'headers' | 'reason'> = {},
): Problem {
  const reset = new Date(resetSeconds * 1000).toISOString().replace('.000Z', 'Z');
  return new Problem('rate_limited', {
    ...details,
    text: `Rate limit exceeded. Retry after ${reset}`,
    headers: { 'Retry-After': String(retryAfterSeconds), ...headers },
  });
}

/** 503: neither Redis nor the authority can vouch for the answer just now. */
export function unavailable(reason: string, cause?: unknown): Problem {
  return new Problem('unavailable', {
    headers: { 'Retry-After': '1' },
    reason,
    ...(cause === undefined ? {} : { cause }),
  });
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(catalogue, code);
}
