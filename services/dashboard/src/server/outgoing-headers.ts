import type { IncomingMessage } from 'node:http';
import { internalTokenHeader } from '@engagetrack/contracts';
import type { Callers } from '@engagetrack/service-chassis';

export interface OutgoingHeadersParts {
  /** Proves to the key service that the forwarded client address is true; without it none is forwarded. */
  readonly internalToken: string | undefined;
  readonly callers: Callers;
}

/**
 * The fields of a page's request that reach the key service; all others stay here, its own Authorization and cookies
 * first.
 */
const forwardedFields = ['accept', 'content-length', 'content-type', 'idempotency-key', 'x-request-id'] as const;

export type OutgoingHeaders = (req: IncomingMessage, sessionToken: string | undefined) => Record<string, string>;

/** Creates headers for the key service from nothing. */
export function createOutgoingHeaders({ internalToken, callers }: OutgoingHeadersParts): OutgoingHeaders {
  return (req, sessionToken) => {
    const headers: Record<string, string> = {};
    for (const name of forwardedFields) {
      const value = req.headers[name];
      if (typeof value === 'string') headers[name] = value;
    }
    if (sessionToken !== undefined) headers.authorization = `Bearer ${sessionToken}`;
    if (internalToken !== undefined) {
      headers[internalTokenHeader] = internalToken;
      headers['x-forwarded-for'] = callers.addressOf(req);
    }
    return headers;
  };
}
