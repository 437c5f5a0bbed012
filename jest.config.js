/**
 * Five projects. Tests read the sources of workspace packages (export condition `source`): there is no build to forget.
 *
 * - `pure`: what computes, beside its source; no store, no process, no page.
 * - `service`: one package or service with its real parts, mostly over HTTP against real stores.
 * - `system`: the whole product, and what it is tried with, as processes.
 * - `timed`: every test that judges how long something takes. `npm test` runs them last, one after another.
 * - `long`: what waits for real minutes or repeats a thing very often. `.ci/run` runs them, and `npm run test:long`.
 */
const apart = ['\\.timed\\.test\\.ts$', '\\.long\\.test\\.ts$'];
const wholeProduct = ['test-ground', 'hostile-input', 'revocation-proof', 'system-test'];

const common = {
  rootDir: import.meta.dirname,
  // Where jest looks for files of ours. Without it, it reads the names of all files that are installed.
  roots: ['<rootDir>/packages', '<rootDir>/services', '<rootDir>/bench'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: false }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
};
const withStores = {
  ...common,
  globalSetup: '<rootDir>/packages/test-ground/src/stores/jest-global-setup.ts',
  globalTeardown: '<rootDir>/packages/test-ground/src/stores/jest-global-teardown.ts',
};

export default {
  rootDir: import.meta.dirname,
  projects: [
    {
      ...common,
      displayName: 'pure',
      testMatch: ['<rootDir>/{services,packages}/*/src/**/*.test.ts', '<rootDir>/bench/src/**/*.test.ts'],
      testPathIgnorePatterns: apart,
    },
    {
      ...withStores,
      displayName: 'service',
      testMatch: [
        '<rootDir>/services/*/test/**/*.test.ts',
        `<rootDir>/packages/!(${wholeProduct.join('|')})/test/**/*.test.ts`,
      ],
      testPathIgnorePatterns: apart,
    },
    {
      ...withStores,
      displayName: 'system',
      testMatch: [`<rootDir>/packages/{${wholeProduct.join(',')}}/test/**/*.test.ts`],
      testPathIgnorePatterns: apart,
    },
    {
      ...withStores,
      displayName: 'timed',
      testMatch: ['<rootDir>/{services,packages}/*/{src,test}/**/*.timed.test.ts'],
    },
    {
      ...withStores,
      displayName: 'long',
      testMatch: ['<rootDir>/{services,packages}/*/test/**/*.long.test.ts'],
    },
  ],
  reporters: [
    'default',
    '<rootDir>/packages/test-ground/reporters/progress.mjs',
    '<rootDir>/packages/test-ground/reporters/counts.mjs',
  ],
  // Milliseconds. It matters only when something hangs: real servers start slowly on a busy machine.
  testTimeout: 120_000,
  maxWorkers: 2,
};
