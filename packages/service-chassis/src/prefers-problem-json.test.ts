import { describe, expect, it } from '@jest/globals';
import { prefersProblemJson } from './prefers-problem-json.ts';

describe('prefersProblemJson', () => {
  it.each([
    'application/problem+json',
    'Application/Problem+JSON',
    'application/problem+json, application/json',
    'application/json, application/problem+json',
    'application/json;q=0.9, application/problem+json',
    'application/json; q=0.5 , application/problem+json ; q=0.5',
    'application/problem+json, */*',
    'application/problem+json;q=0.3, */*;q=0.1',
    'text/html, application/problem+json;charset=utf-8',
  ])('is true for %j', (accept) => {
    expect(prefersProblemJson(accept)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'application/*',
    'application/json',
    'application/problem+xml',
    'application/problem+json-seq',
    'application/problem+json;q=0',
    'application/problem+json;q=0.000, */*;q=0',
    'application/problem+json;q=0.9, application/json',
    'application/problem+json;q=0.5, application/*',
    'application/problem+json;q=0.5, */*;q=0.8',
    'application/problem+json;q=2',
    'application/problem+json;q=high',
    'application/problem+json;q=-1',
  ])('is false for %j', (accept) => {
    expect(prefersProblemJson(accept)).toBe(false);
  });

  it('reads only as much of a list as a client would send', () => {
    const others = Array.from({ length: 63 }, (_, n) => `text/x${n}`).join(',');
    expect(prefersProblemJson(`${others},application/problem+json`)).toBe(true);
    expect(prefersProblemJson(`${others},a/b,application/problem+json`)).toBe(false);
  });
});
