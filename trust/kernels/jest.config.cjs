// In a machine, where the sources are JavaScript already (compiled.mjs).
const config = require('../../jest.config.js');

const support = '<rootDir>/test/support';

module.exports = {
  ...config,
  rootDir: '../..',
  roots: ['<rootDir>/test'],
  testMatch: ['<rootDir>/test/batch-*.test.js'],
  globalSetup: `${support}/global-setup.js`,
  setupFilesAfterEnv: [`${support}/each-test.js`],
  transform: {},
  // Emulated processors are slow, and slower where the machine below is busy.
  testTimeout: 600_000,
  reporters: ['<rootDir>/trust/kernels/reporter.cjs'],
  testSequencer: '<rootDir>/trust/kernels/sequencer.cjs',
};
