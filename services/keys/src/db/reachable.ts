import { setTimeout as delay } from 'node:timers/promises';
import { StartupError } from '@engagetrack/service-chassis';

export interface Patience {
  /** A database that answers none of so many attempts in time cannot be used. */
  readonly attemptsMax: number;
  /** Milliseconds between two attempts. */
  readonly everyMs: number;
}

/**
 * A database that has just been started, or a busy one, may take seconds to accept its first connection. An attempt
 * lasts a second at most (database.ts), so this is a quarter of a minute.
 */
const usualPatience: Patience = { attemptsMax: 12, everyMs: 250 };

/**
 * Runs the first work on a database, again while the database is late, and explains to the operator why a database
 * cannot be used.
 * @throws StartupError without the URL, which may hold a password.
 */
export async function reachableOrExplain<Result>(
  work: () => Promise<Result>,
  { attemptsMax, everyMs }: Patience = usualPatience,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof StartupError) throw error;
      const code = codeOf(error);
      if (!isLate(code) || attempt >= attemptsMax)
        throw new StartupError(
          `DATABASE_URL: the database cannot be used (${explanations[code] ?? messageOf(error)}); check the address, the user and the password in DATABASE_URL`,
        );
      await delay(everyMs);
    }
  }
}

/** Texts by Node's and Postgres's error codes (PostgreSQL manual, appendix A). */
const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers at its address',
  ENOTFOUND: 'its host name is not known',
  EAI_AGAIN: 'its host name cannot be looked up now',
  '28P01': 'the password is wrong',
  '28000': 'the user may not log in',
  '3D000': 'there is no database of that name',
  '42501': 'the user lacks a right',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or stopping',
};

/** A deadline of ours has no code; the others say that the database is there and takes no connection now. */
function isLate(code: string): boolean {
  return code === '' || code === '53300' || code === '57P03';
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
