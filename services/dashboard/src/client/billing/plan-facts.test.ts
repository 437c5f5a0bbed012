import { scopes } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import { numberWord } from '../number-word.ts';
import { changeEffect, planFacts } from './plan-facts.ts';

describe('a plan', () => {
  it('says how many permissions keys can have, where it includes API access', () => {
    const fact = `API keys with all ${numberWord(scopes.length)} permissions`;
    expect(planFacts.maker.included).not.toContain(fact);
    for (const { included } of [planFacts.startup, planFacts.agency])
      expect(included.slice(1)).toEqual([fact, '600 requests a minute for each key']);
  });
});

describe('a change of plan', () => {
  it('says in plain words what happens to the keys', () => {
    expect(changeEffect('startup', 'maker', 12)).toBe(
      '12 API keys stop working at once. They are kept, and work again on Startup or Agency.',
    );
    expect(changeEffect('agency', 'maker', 1)).toMatch(/^1 API key stops working at once\. It is kept/);
    expect(changeEffect('startup', 'maker', 0)).toMatch(/You have none/);
    expect(changeEffect('maker', 'startup', 0)).toBe('API keys can be created and used at once.');
    expect(changeEffect('maker', 'agency', 2)).toMatch(/2 API keys work again\.$/);
    expect(changeEffect('startup', 'agency', 3)).toBe('Your API keys keep working.');
  });
});
