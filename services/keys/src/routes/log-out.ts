import type { RequestHandler } from 'express';
import type { AccountStore } from '../account-store.ts';
import type { AuthenticateSession } from '../authenticate-session.ts';

/** POST /auth/logout: the session token is invalid before the 204 arrives. */
export function logOut(authenticate: AuthenticateSession, accounts: AccountStore): RequestHandler {
  return async (req, res) => {
    const { tokenHash } = await authenticate(req);
    await accounts.removeSession(tokenHash);
    res.status(204).end();
  };
}
