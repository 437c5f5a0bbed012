import { Problem } from '@engagetrack/contracts';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRequestTarget, segmentsOf } from './request-target.ts';

/** Paths of up to 2,048 characters, made of segments within their own limit. */
const pathOfLength = (length: number): string => {
  const segments = Math.ceil(length / 129);
  const letters = length - segments;
  return Array.from({ length: segments }, (_, i) => {
    const share = Math.floor(letters / segments) + (i < letters % segments ? 1 : 0);
    return `/${'a'.repeat(share)}`;
  }).join('');
};

describe('parseRequestTarget', () => {
  it('splits a path into its segments and keeps every byte', () => {
    const target = parseRequestTarget('/api/v1/organizations/org_a/sites');
    expect(segmentsOf(target)).toEqual(['api', 'v1', 'organizations', 'org_a', 'sites']);
    expect(target.raw).toBe('/api/v1/organizations/org_a/sites');
    const raw = '/a/B-_9?period=30d&period=7d&x=%2F..%2f&y=a/b?c';
    expect(parseRequestTarget(raw)).toEqual({ path: '/a/B-_9', raw });
  });

  it.each([
    ['a segment of 128 characters', `/${'a'.repeat(128)}`],
    ['a path of 2,048 characters', pathOfLength(2_048)],
    ['an empty query', '/a?'],
    ['a query of question marks', '/a???'],
    ['a query of 4,096 characters', `/a?${'q'.repeat(4_096)}`],
    ['a path and a query, both as long as allowed', `${pathOfLength(2_048)}?${'q'.repeat(4_096)}`],
    ['every visible character that a query may hold', '/a?!"$&\'()*+,-./0:;<=>?@AZ[]^_`az{|}~'],
    ['percent escapes of either case', '/a?%00%fF%2e%2E'],
  ])('accepts %s', (_what, raw) => {
    expect(parseRequestTarget(raw).raw).toBe(raw);
  });

  it.each([
    ['nothing', '', 400],
    ['the root', '/', 400],
    ['no slash in front', 'api', 400],
    ['a query alone', '?x', 400],
    ['asterisk form', '*', 400],
    ['absolute form', 'http://h/a', 400],
    ['a doubled slash', '/a//b', 400],
    ['a slash at the end', '/a/', 400],
    ['a slash in front of the query', '/a/?x', 400],
    ['a dot segment', '/a/../b', 400],
    ['a dot', '/a.b', 400],
    ['a percent escape in the path', '/a%62', 400],
    ['a blank', '/a b', 400],
    ['a line feed at the end', '/a\n', 400],
    ['a letter beyond ASCII', '/ä', 400],
    ['a letter that only looks like an a', '/\u0430pi', 400],
    ['a segment of 129 characters', `/${'a'.repeat(129)}`, 400],
    ['a lone percent sign', '/a?%', 400],
    ['a percent sign and one digit', '/a?%2', 400],
    ['a percent sign and a digit that is none', '/a?%2g', 400],
    ['a hash in the query', '/a?b#c', 400],
    ['a backslash in the query', '/a?b\\c', 400],
    ['a blank in the query', '/a?b c', 400],
    ['a NUL in the query', '/a?\0', 400],
    ['a DEL in the query', '/a?\x7f', 400],
    ['a letter beyond ASCII in the query', '/a?\u00e9', 400],
    ['a path of 2,049 characters', pathOfLength(2_049), 414],
    ['a query of 4,097 characters', `/a?${'q'.repeat(4_097)}`, 414],
    ['an over-long path outside the grammar', '/'.repeat(2_049), 414],
  ])('refuses %s', (_what, raw, status) => {
    expect(statusOf(raw)).toBe(status);
  });

  it('accepts only targets that every reader takes for the same bytes', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(target, (raw) => {
        if (statusOf(raw) !== 200) {
          refused += 1;
          return;
        }
        accepted += 1;
        const questionMark = raw.indexOf('?');
        const query = questionMark === -1 ? '' : raw.slice(questionMark);
        const segments = segmentsOf(parseRequestTarget(raw));
        expect(segments.map((segment) => `/${segment}`).join('') + query).toBe(raw);
        expect(new URL(raw, 'http://h').pathname + query).toBe(raw);
        expect(new URL(raw, 'http://h').host).toBe('h');
        for (const segment of segments) {
          expect(segment).toMatch(/^[A-Za-z0-9_-]{1,128}$/);
          expect(decodeURIComponent(segment)).toBe(segment);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });
});

const nearlyASegment = fc.oneof(
  { weight: 12, arbitrary: fc.stringMatching(/^[A-Za-z0-9_-]{1,12}$/) },
  { weight: 1, arbitrary: fc.constantFrom('', '.', '..', '%2e', ';', '\\', '@h', ':', '\u00a0', 'a\t', 'https:') },
);
const nearlyAQuery = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^\?[!-"$&-[\]-~]{0,20}$/),
  fc.string({ maxLength: 6 }).map((text) => `?${text}`),
);
const target = fc
  .tuple(fc.array(nearlyASegment, { minLength: 1, maxLength: 6 }), nearlyAQuery)
  .map(([segments, query]) => `/${segments.join('/')}${query}`);

function statusOf(raw: string): number {
  try {
    parseRequestTarget(raw);
    return 200;
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
}
