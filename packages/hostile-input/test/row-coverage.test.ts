import { describe, expect, it } from '@jest/globals';
import { catalogueRows } from '../src/rows/catalogue.ts';
import { checkRows } from '../src/rows/check-rows.ts';
import { rowsInDecision, rowsInTests } from '../src/rows/find-rows.ts';

describe('the catalogue of hostile input', () => {
  it('has 248 rows', () => {
    expect(catalogueRows).toHaveLength(248);
    expect(catalogueRows.slice(46, 50)).toEqual(['P47', 'P48', 'M01', 'M02']);
  });

  it('has every row at the start of a test’s title, or explained', () => {
    const { missing, unknown } = checkRows();
    expect([missing, unknown]).toEqual([[], []]);
  });
});

describe('the search for rows in tests', () => {
  it.each([
    ["it('P01 forwards', () => {});"],
    ['it(\n    `P01 forwards`,'],
    ["(haveLists ? it : it.skip)('P01 forwards', () => {})"],
    ["it.each([1])('P01 forwards %s', () => {})"],
    ["it.each([\n    ['P01', 'a path'],\n  ])('%s forwards %s', () => {})"],
    ["describe('P01 a path', () => {})"],
  ])('finds %s', (source) => {
    expect([...rowsInTests(source)]).toEqual(['P01']);
  });

  it.each([
    ["it('forwards, see P01', () => {});"],
    ["it.skip('P01 forwards', () => {});"],
    ["it.todo('P01 forwards');"],
    ["// it covers ('P01') and P02 to P09"],
    ["it.each([['P01', 'a path']])('forwards %s %s', () => {})"],
    ["it('P1 forwards', () => {});"],
  ])('finds nothing in %s', (source) => {
    expect([...rowsInTests(source)]).toEqual([]);
  });

  it('takes a decision’s sentence as an explanation, but not a mere mention', () => {
    expect([...rowsInDecision('- **W06**: a gateway has no more streams than that.\n')]).toEqual(['W06']);
    for (const text of [
      '- **W06**: no.\n',
      'W06: a gateway has no more streams than that.',
      '- W06: a gateway has none.',
    ])
      expect([...rowsInDecision(text)]).toEqual([]);
  });
});
