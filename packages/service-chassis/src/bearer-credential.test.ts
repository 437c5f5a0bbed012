import { describe, expect, it } from '@jest/globals';
import { bearerCredential } from './bearer-credential.ts';

describe('bearerCredential', () => {
  it.each(['Bearer abc', 'bearer abc', 'BEARER abc', 'bEaReR abc', 'Bearer  abc', `Bearer${' '.repeat(1_000)}abc`])(
    'reads "%s"',
    (authorization) => {
      expect(bearerCredential(authorization)).toBe('abc');
    },
  );

  it.each([
    ...['', 'Bearer', 'Bearer ', 'Bearerabc', 'Bearer\tabc', 'Bearer \tabc', 'Bearer\u00a0abc', ' Bearer abc'],
    ...['Bearer abc ', 'Bearer abc def', 'Bearer abc, Bearer abc', 'Bearer abc\n', 'Bearer abc\u0000', 'Bearer äbc'],
    ...['Basic abc', 'abc', 'Bearer: abc', 'Token abc', 'Bearer\r\n abc'],
  ])('refuses %j', (authorization) => {
    expect(bearerCredential(authorization)).toBeUndefined();
  });

  it('is undefined without the field', () => {
    expect(bearerCredential(undefined)).toBeUndefined();
  });
});
