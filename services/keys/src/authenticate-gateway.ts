import { Problem } from '@engagetrack/contracts';
import type { Request } from 'express';
import { isSameSecret } from './is-same-secret.ts';

/** @throws Problem 401 when the request does not carry the internal token. */
export type AuthenticateGateway = (req: Request) => void;

export function createAuthenticateGateway(internalToken: string): AuthenticateGateway {
  return (req) => {
    if (!isSameSecret(req.headers.authorization ?? '', `Bearer ${internalToken}`))
      throw new Problem('invalid_internal_token');
  };
}
