// In a copy of the project that copy.mjs has made.
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  testEnvironment: '<rootDir>/trust/instrumented/environment.cjs',
  moduleNameMapper: { '^fast-check$': '<rootDir>/trust/instrumented/fast-check.cjs' },
  testSequencer: '<rootDir>/trust/instrumented/sequencer.cjs',
};
