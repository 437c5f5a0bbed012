import { describe, expect, it } from '@jest/globals';
import { changeEffect } from './plan-facts.ts';

describe('a change of plan', () => {
  it('says in plain words what it does to the keys', () => {
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
