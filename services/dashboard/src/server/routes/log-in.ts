import { loginSchema, unavailable } from '@engagetrack/contracts';
import type { RequestHandler } from 'express';
import { type AskKeyService, relay } from '../key-service-client.ts';
import { readJsonText } from '../read-json-text.ts';
import type { SessionCookie } from '../session-cookie.ts';

/**
 * POST /api/v1/auth/login: the key service's log-in. The session token goes into the cookie and not into the answer.
 * The browser's earlier session is ended, so that no token outlives the log-in that replaces it.
 */
export function logIn(ask: AskKeyService, cookie: SessionCookie): RequestHandler {
  return async (req, res) => {
    const body = await readJsonText(req, res);
    const answer = await ask({ method: 'POST', path: '/api/v1/auth/login', req, body });
    if (answer.status !== 200) {
      relay(res, answer);
      return;
    }
    const { token, expires_at, user, organizations } = parseLogin(answer.text);
    const replaced = cookie.find(req);
    if (replaced !== undefined)
      await ask({ method: 'POST', path: '/api/v1/auth/logout', req, sessionToken: replaced }).catch(() => undefined);
    cookie.set(res, token);
    res.json({ expires_at, user, organizations });
  };
}

function parseLogin(text: string) {
  try {
    return loginSchema.parse(JSON.parse(text));
  } catch (error) {
    throw unavailable('key_service_answer', error);
  }
}
