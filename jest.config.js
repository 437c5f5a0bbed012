/** Tests read the sources of workspace packages (export condition `source`): there is no build to forget. */
export default {
  testMatch: ['<rootDir>/{services,packages}/*/{src,test}/**/*.test.ts', '<rootDir>/bench/src/**/*.test.ts'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: false }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  globalSetup: '<rootDir>/packages/test-ground/src/stores/jest-global-setup.ts',
  globalTeardown: '<rootDir>/packages/test-ground/src/stores/jest-global-teardown.ts',
  reporters: ['default', '<rootDir>/packages/test-ground/reporters/counts.mjs'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  // Generous, because it only matters when something hangs: real servers start slowly on a busy machine.
  testTimeout: 60_000,
  maxWorkers: 2,
};
