import type { IncomingMessage } from 'node:http';
import { unavailable } from '@engagetrack/contracts';
import type { Response } from 'express';
import type { OutgoingHeaders } from './outgoing-headers.ts';

export interface KeyServiceQuestion {
  readonly method: 'GET' | 'POST';
  /** The path below the key service's address, such as `/api/v1/auth/login`. */
  readonly path: string;
  /** The browser's request that causes this one. */
  readonly req: IncomingMessage;
  readonly sessionToken?: string | undefined;
  /** The body, as JSON. */
  readonly body?: string;
}

export interface KeyServiceAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** @throws Problem 503 when the key service does not answer in time. */
export type AskKeyService = (question: KeyServiceQuestion) => Promise<KeyServiceAnswer>;

const answerTimeoutMs = 15_000;

/** Sends a small request to the key service whose answer this server reads itself. */
export function createKeyServiceClient(keysUrl: string, outgoingHeaders: OutgoingHeaders): AskKeyService {
  return async ({ method, path, req, sessionToken, body }) => {
    // The length belongs to the body that this server sends, not to the one that it received.
    const { 'content-length': _received, ...headers } = outgoingHeaders(req, sessionToken);
    try {
      const response = await fetch(new URL(path, keysUrl), {
        method,
        headers,
        redirect: 'error',
        signal: AbortSignal.timeout(answerTimeoutMs),
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, text: await response.text(), headers: response.headers };
    } catch (error) {
      throw unavailable('key_service_unreachable', error);
    }
  };
}

const relayedFields = ['content-type', 'retry-after', 'x-error-code'] as const;

/** Answers with an answer of the key service, unchanged. */
export function relay(res: Response, { status, text, headers }: KeyServiceAnswer): void {
  for (const name of relayedFields) {
    const value = headers.get(name);
    if (value !== null) res.setHeader(name, value);
  }
  res.status(status).end(text);
}
