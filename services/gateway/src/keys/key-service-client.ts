import type { z } from 'zod';

export interface KeyServiceClientOptions {
  readonly url: string;
  readonly internalToken: string;
}

export interface Question<Schema extends z.ZodType> {
  /** Of the internal listener. */
  readonly path: string;
  readonly body: unknown;
  readonly answer: Schema;
  readonly timeoutMs: number;
}

/** The key service answered, and not with 200. */
export class KeyServiceRefusal extends Error {
  override readonly name = 'KeyServiceRefusal';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`The key service answered ${path} with ${status}`);
    this.status = status;
  }
}

/** Rejects when the key service does not answer in time, or with anything but 200 and the form that was agreed on. */
export type AskKeyService = <Schema extends z.ZodType>(question: Question<Schema>) => Promise<z.infer<Schema>>;

/** The key service's internal listener over HTTP. What is asked travels in the body, so that no URL log can hold it. */
export function createKeyServiceClient({ url, internalToken }: KeyServiceClientOptions): AskKeyService {
  const headers = { authorization: `Bearer ${internalToken}`, 'content-type': 'application/json' };
  return async ({ path, body, answer, timeoutMs }) => {
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new KeyServiceRefusal(path, response.status);
    }
    return answer.parse(await response.json());
  };
}
