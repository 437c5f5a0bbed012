import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ApiKey, generateApiKey, hashApiKey, parseApiKey } from './api-key.ts';

const text = 'et_live_00112233445566778899aabbccddc5d6';

describe('parseApiKey', () => {
  it('accepts the published form', () => {
    expect(parseApiKey(text)?.reveal()).toBe(text);
  });

  it.each([
    ['one digit short', text.slice(0, -1)],
    ['one digit long', `${text}0`],
    ['an upper-case digit', text.replace('aa', 'AA')],
    ['a letter that is no digit', text.replace('aa', 'ag')],
    ['another prefix', text.replace('live', 'test')],
    ['an upper-case prefix', text.replace('et_live', 'ET_LIVE')],
    ['a blank in front', ` ${text.slice(1)}`],
    ['a line feed at the end', `${text.slice(0, -1)}\n`],
    ['full-width digits', text.replace('00', '００')],
    ['nothing', ''],
  ])('refuses %s', (_what, refused) => {
    expect(parseApiKey(refused)).toBeUndefined();
  });
});

describe('generateApiKey', () => {
  it('makes keys of the published form that do not repeat', () => {
    const keys = new Set(Array.from({ length: 10_000 }, () => generateApiKey().reveal()));
    expect(keys.size).toBe(10_000);
    expect([...keys].filter((key) => parseApiKey(key) === undefined)).toEqual([]);
  });

  it('spreads the digits evenly', () => {
    const counts = new Map<string, number>();
    const keys = 20_000;
    for (let i = 0; i < keys; i++)
      for (const digit of generateApiKey().reveal().slice('et_live_'.length))
        counts.set(digit, (counts.get(digit) ?? 0) + 1);
    const expected = (keys * 32) / 16;
    const chiSquare = [...counts.values()].reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
    // 15 degrees of freedom: 60 is exceeded by a fair generator less than once in a million runs.
    expect(chiSquare).toBeLessThan(60);
    expect(counts.size).toBe(16);
  });
});

describe('hashApiKey', () => {
  it('is the SHA-256 of the whole key text', () => {
    expect(hashApiKey(new ApiKey('et_live_00000000000000000000000000000000'))).toBe(
      // printf et_live_00000000000000000000000000000000 | sha256sum
      'ca6d7ffa9a52edcbd2427726ced7e8ef5334b270f4b7f4c300400b368b3e6a6d',
    );
  });
});

describe('an ApiKey that is printed', () => {
  it('shows its masked preview only', () => {
    const key = new ApiKey(text);
    const printed = [`${key}`, JSON.stringify({ key }), inspect({ key }, { depth: 9, showHidden: true }), String(key)];
    for (const line of printed) {
      expect(line).toContain('et_live_...c5d6');
      expect(line).not.toContain('00112233');
    }
  });

  it('is made by the parser and the generator only', () => {
    expect(() => new ApiKey('et_live_short')).toThrow('32 lower-case hexadecimal digits');
  });
});
