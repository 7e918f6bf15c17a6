// The tests run in an IPC namespace of their own and one after the other, because limits belong to the namespace:
// start them with `npm test` (test/run.mjs), not with jest.
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  runtime: '<rootDir>/test/runner/runtime.cjs',
  testEnvironment: 'node',
  // Listeners of a test file's 'exit' outlive it; Jest would warn of each.
  testEnvironmentOptions: { globalsCleanup: 'off' },
  maxWorkers: 1,
  testTimeout: 60_000,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  setupFilesAfterEnv: ['<rootDir>/test/support/each-test.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/build', '<rootDir>/build-cmake'],
  moduleNameMapper: { '^fast-check$': '<rootDir>/test/support/seeded-fast-check.cjs' },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  collectCoverageFrom: ['<rootDir>/lib/**/*.ts'],
};
