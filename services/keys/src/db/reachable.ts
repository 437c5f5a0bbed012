import { StartupError } from '@engagetrack/service-chassis';

/**
 * Runs the first work on a database, and explains to the operator why a database cannot be used.
 * @throws StartupError without the URL, which may hold a password.
 */
export async function reachableOrExplain<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StartupError) throw error;
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
    throw new StartupError(
      `DATABASE_URL: the database cannot be used (${explanations[code] ?? messageOf(error)}); check the address, the user and the password in DATABASE_URL`,
    );
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
};

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown reason';
}
