// In a copy of the project that copy.mjs has made.
const config = require('../../jest.config.js');

// A source map in the text itself would be read with every file of every run.
const apart = ([transformer, options]) => [transformer, { ...options, sourceMaps: true }];

module.exports = {
  ...config,
  rootDir: '../..',
  transform: Object.fromEntries(Object.entries(config.transform).map(([pattern, how]) => [pattern, apart(how)])),
  testEnvironment: '<rootDir>/trust/instrumented/environment.cjs',
};
