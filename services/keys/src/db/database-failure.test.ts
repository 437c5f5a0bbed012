import { describe, expect, it } from '@jest/globals';
import { isDatabaseFailure } from './database-failure.ts';

const coded = (code: string) => Object.assign(new Error('x'), { code });

describe('a failure of the database', () => {
  it.each([
    ['refused', coded('ECONNREFUSED')],
    ['reset', coded('ECONNRESET')],
    ['a server that starts', coded('57P03')],
    ['a server that was told to stop', coded('57P01')],
    ['a statement that took too long', coded('57014')],
    ['too many connections', coded('53300')],
    ['a full disk', coded('53100')],
    ['a server that takes no writes', coded('25006')],
    ['a lock that is not to be had', coded('55P03')],
    ['no connection in time', new Error('timeout exceeded when trying to connect')],
    ['no answer in time', new Error('Query read timeout')],
    ['a connection that broke', new Error('Connection terminated unexpectedly')],
  ])('is %s', (_what, error) => {
    expect(isDatabaseFailure(error)).toBe(true);
  });

  it.each([
    ['a unique violation', coded('23505')],
    ['a syntax error', coded('42601')],
    ['a bug', new TypeError('undefined is not a function')],
    ['no error', 'ECONNREFUSED'],
  ])('is not %s', (_what, error) => {
    expect(isDatabaseFailure(error)).toBe(false);
  });
});
