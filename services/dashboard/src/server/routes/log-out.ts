import type { RequestHandler } from 'express';
import { type AskKeyService, relay } from '../key-service-client.ts';
import type { SessionCookie } from '../session-cookie.ts';

/**
 * POST /api/v1/auth/logout: 204 once the key service has ended the session, or when it was over before. While that is
 * not certain the cookie stays, so that a person can log out again.
 */
export function logOut(ask: AskKeyService, cookie: SessionCookie): RequestHandler {
  return async (req, res) => {
    const sessionToken = cookie.find(req);
    if (sessionToken !== undefined) {
      const answer = await ask({ method: 'POST', path: '/api/v1/auth/logout', req, sessionToken });
      if (answer.status !== 204 && answer.status !== 401) {
        relay(res, answer);
        return;
      }
    }
    cookie.clear(res);
    res.status(204).end();
  };
}
