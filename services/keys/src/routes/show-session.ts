import type { SessionBody } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import type { AccountStore } from '../account-store.ts';
import type { AuthenticateSession } from '../authenticate-session.ts';

/** GET /auth/session: the session's user and their organizations. */
export function showSession(authenticate: AuthenticateSession, accounts: AccountStore): RequestHandler {
  return async (req, res) => {
    const { user } = await authenticate(req);
    const body: SessionBody = { user, organizations: [...(await accounts.listOrganizations(user.id))] };
    res.set('Cache-Control', 'no-store').json(body);
  };
}
