import { z } from 'zod';
import { ApiError } from './api-error.ts';

export interface Wish<Schema extends z.ZodType> {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a 2xx answer's body; an answer without one is parsed as undefined. */
  readonly schema: Schema;
}

const answerTimeoutMs = 20_000;

/**
 * One same-origin request. The cookie goes along by itself; no credential is known here.
 * @throws ApiError for any answer but a 2xx of the expected form, and for none.
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
