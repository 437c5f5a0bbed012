import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiKeyHash } from '@engagetrack/api-key';
import type { Quota } from './rate-limit.ts';
import type { RequestTarget } from './request-target.ts';
import type { RequestLine } from './telemetry/request-log.ts';

/** One request that has passed the raw checks, and its unfinished answer. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  readonly target: RequestTarget;
  readonly requestId: string;
  /** The hash of the request's API key; undefined without one. */
  readonly keyHash: ApiKeyHash | undefined;
  readonly clientAddress: string;
  readonly protocol: 'http' | 'https';
  /** The name of this API for the upstream; undefined when none is configured. */
  readonly publicHost: string | undefined;
  /** The caller waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1). */
  readonly expectsContinue: boolean;
  /** Aborted with a Problem when the bytes of the body turn out to be broken; only where there is a body. */
  readonly broken?: AbortSignal;
  /** The state of the key's quota, once this request has spent its unit. */
  quota: Quota | undefined;
  /** Written to, never read for a decision. */
  readonly line: RequestLine;
}
