/** The dashboard in a real browser against the real services. Needs a Chromium besides the product's processes. */
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
  // One browser at a time, so that no other suite's work counts in a measurement.
  maxWorkers: 1,
};
