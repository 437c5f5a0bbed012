import { scopes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { closestWord } from './closest-word.ts';

describe('closestWord', () => {
  it.each([
    ['site:read', 'sites:read'],
    ['anlaytics:read', 'analytics:read'],
    ['goals:writes', 'goals:write'],
    ['goals-write', 'goals:write'],
    ['Funnels:Read', 'funnels:read'],
    ['annotation:read', 'annotations:read'],
    ['sites:read', 'sites:read'],
  ])('takes %s for %s', (written, meant) => {
    expect(closestWord(written, scopes)).toBe(meant);
  });

  it('makes no guess where nothing is near', () => {
    for (const written of ['', 'everything', '*', 'read', 'goals'])
      expect(closestWord(written, scopes)).toBeUndefined();
    expect(closestWord('sites:read', [])).toBeUndefined();
  });
});
