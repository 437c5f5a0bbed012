import { type LoginBody, Problem } from '@engagetrack/contracts';
import type { Callers } from '@engagetrack/service-chassis';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { AccountStore } from '../account-store.ts';
import { logInAddress } from '../log-in-address.ts';
import type { LogInLimit } from '../log-in-limit.ts';
import type { Passwords } from '../passwords.ts';
import { readBody } from '../read-body.ts';
import { generateSessionToken, parseSessionToken, sessionLifetimeMs } from '../session-token.ts';

export interface LogInParts {
  readonly accounts: AccountStore;
  readonly passwords: Passwords;
  readonly limit: LogInLimit;
  readonly callers: Callers;
  readonly internalToken: string;
  readonly now: () => number;
}

const credentialsSchema = z.strictObject({
  email: z
    .string({ error: 'must be a text' })
    .min(1, { error: 'must not be empty' })
    .max(320, { error: 'must be at most 320 characters' }),
  password: z
    .string({ error: 'must be a text' })
    .min(1, { error: 'must not be empty' })
    .max(1_024, { error: 'must be at most 1024 characters' }),
});

/**
 * POST /auth/login: e-mail and password for a session token. The answer for an unknown account takes as long and has
 * the same bytes.
 */
export function logIn({ accounts, passwords, limit, callers, internalToken, now }: LogInParts): RequestHandler {
  return async (req, res) => {
    const { email: given, password } = await readBody(req, res, credentialsSchema);
    const email = given.trim().toLowerCase();
    const attempt = { email, address: logInAddress(req, callers, internalToken) };
    await limit.spend(attempt);
    const user = await accounts.findUserByEmail(email);
    const matches = await passwords.verify(password, user?.passwordHash);
    if (user === undefined || !matches) throw new Problem('invalid_login');
    await limit.giveBack(attempt);

    const token = generateSessionToken();
    const tokenHash = parseSessionToken(token);
    if (tokenHash === undefined) throw new Error('A new session token does not have the form of one');
    const expiresAt = new Date(now() + sessionLifetimeMs);
    await accounts.addSession({ tokenHash, userId: user.id, expiresAt });
    const body: LoginBody = {
      token,
      token_type: 'Bearer',
      expires_at: expiresAt.toISOString(),
      user: { id: user.id, email: user.email, name: user.name },
      organizations: [...(await accounts.listOrganizations(user.id))],
    };
    res.set('Cache-Control', 'no-store').json(body);
  };
}
