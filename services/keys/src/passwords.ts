import { createBoundedWork } from '@engagetrack/service-chassis';
import { hash, verify } from '@node-rs/argon2';

/** argon2id with the library's defaults (19 MiB, 2 passes, 1 lane: the first choice of the OWASP password storage sheet). */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for an account that does not exist. @throws Problem 503 when too many log-ins wait already. */
  verify(password: string, passwordHash: string | undefined): Promise<boolean>;
}

/**
 * Each verification takes 19 MiB and a thread, so few run at once. Past waitingMax, or after waitMs, a log-in is
 * refused.
 */
const verificationBounds = { concurrentMax: 4, waitingMax: 64, waitMs: 2_000 };

export function createPasswords(): Passwords {
  const bounded = createBoundedWork(verificationBounds);
  const hashOfNoAccount = hash('the password of no account');
  return {
    hash: (password) => hash(password),
    verify: async (password, passwordHash) => {
      const matches = await bounded(async () => verify(passwordHash ?? (await hashOfNoAccount), password));
      return matches && passwordHash !== undefined;
    },
  };
}
