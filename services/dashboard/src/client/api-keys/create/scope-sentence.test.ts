import { type Scope, scopes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { scopeSentence } from './scope-sentence.ts';

describe('the sentence about a key', () => {
  it.each<[readonly Scope[], string]>([
    [[], 'This key cannot do anything yet.'],
    [['analytics:read', 'sites:read'], 'This key can: read stats and sites. It cannot change anything.'],
    [['goals:write'], 'This key can: change goals. It cannot read anything.'],
    [['goals:write', 'visitors:read'], 'This key can: read visitors, and change goals.'],
    [
      [
        'analytics:read',
        'sites:read',
        'goals:read',
        'goals:write',
        'funnels:read',
        'funnels:write',
        'annotations:read',
        'annotations:write',
        'visitors:read',
      ],
      'This key can: read stats, sites, goals, funnels, annotations, and visitors, and change goals, funnels, and annotations.',
    ],
  ])('lists the permissions of %j', (granted, sentence) => {
    expect(scopeSentence(granted)).toBe(sentence);
  });

  it('has words for every scope', () => {
    const silent = scopes.filter((scope) => !/^This key can: \w+ .+\. It cannot/.test(scopeSentence([scope])));
    expect(silent.map((scope) => `${scope} is missing from the sentence`)).toEqual([]);
  });
});
