import { describe, expect, it } from '@jest/globals';
import { requestIdFrom } from './request-id.ts';

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('requestIdFrom', () => {
  it.each(['12345678', 'a'.repeat(128), 'Root-1:67.8_9-abc', '0af76519-16cd-43dd-8448-eb211c80319c'])(
    "keeps the caller's own %j",
    (id) => {
      expect(requestIdFrom(id)).toBe(id);
    },
  );

  it.each([
    undefined,
    '',
    '1234567',
    'a'.repeat(129),
    'with a blank',
    'line\nfeed12',
    'quote"quote',
    'é'.repeat(8),
    'a=b=c=d=e',
    ['12345678', '87654321'],
  ])('makes a new one in place of %j', (id) => {
    expect(requestIdFrom(id)).toMatch(uuidPattern);
  });

  it('makes a different one each time', () => {
    expect(requestIdFrom(undefined)).not.toBe(requestIdFrom(undefined));
  });
});
