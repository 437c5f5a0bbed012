import { Problem } from '@engagetrack/contracts';
import type { Request } from 'express';
import { isSameSecret } from './is-same-secret.ts';

/** @throws Problem 401 for whoever does not prove to be a gateway of ours. */
export type AuthenticateGateway = (req: Request) => void;

export function createAuthenticateGateway(internalToken: string): AuthenticateGateway {
  return (req) => {
    if (!isSameSecret(req.headers.authorization ?? '', `Bearer ${internalToken}`))
      throw new Problem('invalid_internal_token');
  };
}
