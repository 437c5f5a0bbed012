import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { catalogueRows } from './catalogue.ts';
import { rowsInDecision, rowsInTests } from './find-rows.ts';

export interface RowCoverage {
  readonly covered: readonly string[];
  /** Rows that no test's title begins with, explained by a sentence in docs/decisions. */
  readonly explained: readonly string[];
  readonly missing: readonly string[];
  /** Ids that no row has, most likely misspelt. */
  readonly unknown: readonly string[];
}

const workspace = fileURLToPath(new URL('../../../../', import.meta.url));
const testFiles = ['{packages,services}/*/{src,test}/**/*.test.ts', 'services/*/test/**/*.browser-test.ts'];
/** Its examples are no titles of tests. */
const testOfThisSearch = '**/row-coverage.test.ts';

/** Checks the titles of the workspace's tests, and its decisions. */
export function checkRows(): RowCoverage {
  const inTests = union(readAll(testFiles).map(rowsInTests));
  const inDecisions = union(readAll(['docs/decisions/*.md']).map(rowsInDecision));
  const known = new Set(catalogueRows);
  return {
    covered: catalogueRows.filter((id) => inTests.has(id)),
    explained: catalogueRows.filter((id) => !inTests.has(id) && inDecisions.has(id)),
    missing: catalogueRows.filter((id) => !inTests.has(id) && !inDecisions.has(id)),
    unknown: [...inTests, ...inDecisions].filter((id) => !known.has(id)),
  };
}

function readAll(patterns: readonly string[]): readonly string[] {
  const files = globSync(patterns, { cwd: workspace, exclude: ['**/node_modules/**', testOfThisSearch] });
  return files.map((file) => readFileSync(`${workspace}${file}`, 'utf8'));
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set(sets.flatMap((set) => [...set]));
}
