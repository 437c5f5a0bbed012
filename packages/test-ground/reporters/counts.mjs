import { writeFileSync, writeSync } from 'node:fs';
import { relative, sep } from 'node:path';

/** Suites say in their title which store they ran with; see src/stores/describe-with-stores.ts. */
const stores = ['Redis', 'Postgres', 'PGlite'];

/**
 * Counts at the end of a run: by folder, by store, and as the very last line `N passed, N failed`, with `, N skipped`
 * when any were, and the same as JSON to the file that `TEST_COUNTS_FILE` names. A file that could not be loaded counts
 * as one failed test, because none of its tests ran.
 *
 * Jest loads reporters untransformed, hence plain JavaScript. Jest's own summary comes after every reporter, so these
 * lines are written when the process ends.
 */
export default class CountReporter {
  #rootFolder;
  #byFolder = new Map();
  #byStore = new Map();
  #total = noTests();

  constructor(globalConfig) {
    this.#rootFolder = globalConfig.rootDir;
  }

  onTestResult(test, result) {
    const [group = '', name = ''] = relative(this.#rootFolder, test.path).split(sep);
    const folder = countsOf(this.#byFolder, `${group}/${name}`);
    if (result.testExecError !== undefined && result.testResults.length === 0) {
      folder.failed += 1;
      this.#total.failed += 1;
    }
    for (const { status, title, ancestorTitles } of result.testResults) {
      const outcome = status === 'passed' || status === 'failed' ? status : 'skipped';
      const usedStores = stores.filter((store) =>
        [...ancestorTitles, title].some((text) => text.includes(`(${store})`)),
      );
      const counts = (usedStores.length === 0 ? ['no store'] : usedStores).map((store) =>
        countsOf(this.#byStore, store),
      );
      for (const each of [folder, this.#total, ...counts]) each[outcome] += 1;
    }
  }

  onRunComplete() {
    const { TEST_COUNTS_FILE: countsFile } = process.env;
    if (countsFile) writeFileSync(countsFile, JSON.stringify(this.#total));
    if (this.#byFolder.size === 0) return;
    // Written to the file itself: with --forceExit jest silences the stream first.
    process.once('exit', () => writeSync(process.stdout.fd, `\n${this.#lines().join('\n')}\n`));
  }

  #lines() {
    const folders = [...this.#byFolder].sort(([a], [b]) => a.localeCompare(b));
    const width = Math.max(0, ...folders.map(([folder]) => folder.length));
    const usedStores = [...stores, 'no store'].filter((store) => this.#byStore.has(store));
    return [
      ...folders.map(([folder, counts]) => `${folder.padEnd(width)}  ${inWords(counts)}`),
      `by store: ${usedStores.map((store) => `${store} ${inWords(this.#byStore.get(store))}`).join('; ')}`,
      inWords(this.#total),
    ];
  }
}

function noTests() {
  return { passed: 0, failed: 0, skipped: 0 };
}

function countsOf(countsByName, name) {
  const counts = countsByName.get(name) ?? noTests();
  countsByName.set(name, counts);
  return counts;
}

function inWords({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
