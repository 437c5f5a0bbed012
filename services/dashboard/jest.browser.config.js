/** The dashboard in a real browser against the real services. Beside the product's processes it needs a Chromium. */
export default {
  rootDir: '../..',
  testMatch: ['<rootDir>/services/dashboard/test/browser/**/*.browser-test.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: false }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts'],
  globalSetup: '<rootDir>/services/dashboard/test/browser/global-setup.ts',
  globalTeardown: '<rootDir>/packages/test-ground/src/stores/jest-global-teardown.ts',
  reporters: [
    'default',
    '<rootDir>/packages/test-ground/reporters/progress.mjs',
    '<rootDir>/packages/test-ground/reporters/counts.mjs',
  ],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  testTimeout: 180_000,
  // One browser at a time: what is measured must not be another suite's work.
  maxWorkers: 1,
};
