import { describe, expect, it } from '@jest/globals';
import { traceparentFrom } from './trace-context.ts';

const valid = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('traceparentFrom', () => {
  it('keeps a valid one, with any flags', () => {
    expect(traceparentFrom(valid)).toBe(valid);
    expect(traceparentFrom(valid.replace(/01$/, 'ff'))).toBe(valid.replace(/01$/, 'ff'));
  });

  it('adds none to a request without one', () => {
    expect(traceparentFrom(undefined)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['an unknown version', valid.replace(/^00/, '01')],
    ['the forbidden version', valid.replace(/^00/, 'ff')],
    ['upper-case digits', valid.toUpperCase()],
    ['a trace id of zeros', valid.replace(/4bf9\w+/, '0'.repeat(32))],
    ['a parent id of zeros', valid.replace('00f067aa0ba902b7', '0'.repeat(16))],
    ['a digit too few', valid.replace('4bf9', '4bf')],
    ['something behind the flags', `${valid}-00`],
    ['a line feed behind the flags', `${valid}\n`],
    ['two of them', `${valid}, ${valid}`],
  ])('replaces %s by a new, unsampled one', (_what, broken) => {
    const made = traceparentFrom(broken);
    expect(made).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(traceparentFrom(made)).toBe(made);
    expect(traceparentFrom(broken)).not.toBe(made);
  });
});
