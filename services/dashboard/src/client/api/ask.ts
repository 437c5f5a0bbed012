import { z } from 'zod';
import { ApiError } from './api-error.ts';

export interface Wish<Schema extends z.ZodType> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The schema of a 2xx answer's body; a missing body is parsed as undefined. */
  readonly schema: Schema;
}

const answerTimeoutMs = 20_000;

/**
 * Sends one same-origin request. The browser adds the cookie; this code knows no credential.
 * @throws ApiError when there is no 2xx answer of the expected form.
 */
export async function ask<Schema extends z.ZodType>(path: string, options: Wish<Schema>): Promise<z.infer<Schema>> {
  const { method = 'GET', body, headers, schema } = options;
  const response = await send(path, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    cache: 'no-store',
    redirect: 'error',
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const details = {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? undefined,
    retryAfterSeconds: Number(response.headers.get('retry-after')) || undefined,
  };
  const answer = await readJson(response);
  if (!response.ok) throw new ApiError(errorSchema.safeParse(answer).data?.error ?? 'The request failed', details);
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new ApiError('The answer does not have the expected form', { ...details, status: 0 });
  return parsed.data;
}

const errorSchema = z.object({ error: z.string() });

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch {
    throw new ApiError('No answer came from the server', { status: 0 });
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
