import { Problem } from '@engagetrack/contracts';
import { bearerCredential } from '@engagetrack/service-chassis';
import type { Request } from 'express';
import type { AccountStore, User } from './account-store.ts';
import { parseSessionToken, type SessionTokenHash } from './session-token.ts';

export interface Session {
  readonly user: User;
  readonly tokenHash: SessionTokenHash;
}

/**
 * @throws Problem 401, with the same bytes for a missing, expired, tampered or logged-out session and for an API key.
 */
export type AuthenticateSession = (req: Request) => Promise<Session>;

export function createAuthenticateSession(accounts: AccountStore): AuthenticateSession {
  return async (req) => {
    const { authorization } = req.headers;
    if (authorization === undefined) throw invalidSession('');
    const credential = bearerCredential(authorization);
    const tokenHash = credential === undefined ? undefined : parseSessionToken(credential);
    const user = tokenHash && (await accounts.findSession(tokenHash));
    if (tokenHash === undefined || user === undefined) throw invalidSession(', error="invalid_token"');
    return { user, tokenHash };
  };
}

/** RFC 6750 section 3.1: no error code when the request has no credential. */
function invalidSession(error: string): Problem {
  return new Problem('invalid_session', { headers: { 'WWW-Authenticate': `Bearer realm="engagetrack"${error}` } });
}
