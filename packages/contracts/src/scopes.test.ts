import { describe, expect, it } from '@jest/globals';
import { scopes } from './scopes.ts';

describe('the table of scopes', () => {
  it('has each scope once', () => {
    expect(scopes.filter((scope, index) => scopes.indexOf(scope) !== index)).toEqual([]);
  });

  it('has names that can stand in lists with blanks and in quoted header values (RFC 6749 section 3.3)', () => {
    expect(scopes.filter((scope) => !/^[a-z_]+:[a-z_]+$/.test(scope))).toEqual([]);
  });
});
