import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPlainPath, isPlainSegment } from './plain-path.ts';

const longest = 'a'.repeat(128);

describe('isPlainPath', () => {
  it.each(['/a', '/a/B-_9', `/${longest}`, `/${longest}`.repeat(40)])('is true of %s', (path) => {
    expect(isPlainPath(path)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['the root', '/'],
    ['no slash in front', 'a'],
    ['a slash at the end', '/a/'],
    ['a doubled slash', '/a//b'],
    ['a dot segment', '/a/../b'],
    ['a percent escape', '/a%62'],
    ['a path parameter', '/a;b'],
    ['a backslash', '/a\\b'],
    ['a query', '/a?b'],
    ['a line feed at the end', '/a\n'],
    ['a letter beyond ASCII', '/ä'],
    ['a segment of 129 characters', `/a/${longest}a`],
  ])('is false of %s', (_what, path) => {
    expect(isPlainPath(path)).toBe(false);
  });

  it('is true of a path with plain segments only', () => {
    const nearlyASegment = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/),
      fc.constantFrom('', '.', '..', '%2e', 'a.b', 'a b', longest, `${longest}a`),
    );
    fc.assert(
      fc.property(fc.array(nearlyASegment, { minLength: 1, maxLength: 4 }), (segments) => {
        expect(isPlainPath(`/${segments.join('/')}`)).toBe(segments.every(isPlainSegment));
      }),
    );
  });
});

describe('isPlainSegment', () => {
  it('is true of one to 128 plain characters without a slash', () => {
    for (const segment of ['a', 'B-_9', longest]) expect(isPlainSegment(segment)).toBe(true);
    for (const segment of ['', '/', '/a', 'a/b', 'a.b', 'a\n', `${longest}a`])
      expect(isPlainSegment(segment)).toBe(false);
  });
});
