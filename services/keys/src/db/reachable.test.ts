import { StartupError } from '@engagetrack/service-chassis';
import { describe, expect, it } from '@jest/globals';
import { reachableOrExplain } from './reachable.ts';

const patience = { attemptsMax: 3, everyMs: 1 };
const withCode = (code: string) => Object.assign(new Error('refused'), { code });

/** Fails with these errors, one after the other, and then answers. */
function failing(...errors: readonly unknown[]): { readonly work: () => Promise<string>; attempts(): number } {
  let attempts = 0;
  return {
    work: async () => {
      const error = errors[attempts];
      attempts += 1;
      if (error !== undefined) throw error;
      return 'answer';
    },
    attempts: () => attempts,
  };
}

describe('the first work on a database', () => {
  it.each([
    ['answers too late', new Error('No connection to the database within 1000 ms')],
    ['is starting', withCode('57P03')],
    ['has no connection left', withCode('53300')],
  ])('is repeated while the database %s', async (_what, error) => {
    const { work, attempts } = failing(error, error);
    expect(await reachableOrExplain(work, patience)).toBe('answer');
    expect(attempts()).toBe(3);
  });

  it('is given up with the reason when the database stays late', async () => {
    const late = new Error('No connection to the database within 1000 ms');
    const work = () => Promise.reject(late);
    await expect(reachableOrExplain(work, patience)).rejects.toThrow(
      'DATABASE_URL: the database cannot be used (No connection to the database within 1000 ms)',
    );
  });

  it.each([
    ['ECONNREFUSED', 'nothing answers at its address'],
    ['28P01', 'the password is wrong'],
  ])('is given up at once after %s', async (code, reason) => {
    const { work, attempts } = failing(withCode(code));
    await expect(reachableOrExplain(work, patience)).rejects.toThrow(`cannot be used (${reason})`);
    expect(attempts()).toBe(1);
  });

  it('passes on what its own check has found', async () => {
    const { work, attempts } = failing(new StartupError('run migrate'));
    await expect(reachableOrExplain(work, patience)).rejects.toThrow('run migrate');
    expect(attempts()).toBe(1);
  });
});
