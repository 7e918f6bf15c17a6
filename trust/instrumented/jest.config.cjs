// In a copy of the project that copy.mjs has made.
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  testEnvironment: '<rootDir>/trust/instrumented/environment.cjs',
  testSequencer: '<rootDir>/trust/instrumented/sequencer.cjs',
};
