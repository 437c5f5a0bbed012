/** Tests read the sources of workspace packages (export condition `source`): there is no build to forget. */
export default {
  testMatch: ['<rootDir>/{services,packages}/*/{src,test}/**/*.test.ts', '<rootDir>/bench/**/*.test.ts'],
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript', tsx: false }, target: 'es2024' }, module: { type: 'es6' } },
    ],
  },
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  globalSetup: '<rootDir>/packages/system-test/src/stores/jest-global-setup.ts',
  globalTeardown: '<rootDir>/packages/system-test/src/stores/jest-global-teardown.ts',
  reporters: ['default', '<rootDir>/packages/system-test/reporters/counts.mjs'],
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  // Generous, because it only matters when something hangs: real servers start slowly on a busy machine.
  testTimeout: 60_000,
  maxWorkers: 2,
};
