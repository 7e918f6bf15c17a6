// fast-check with the tests' seed (seed.cjs): jest.config.js puts it in the place of fast-check.
const fastCheck = require('../../node_modules/fast-check/lib/cjs/fast-check.js');
const { testSeed } = require('./seed.cjs');

fastCheck.configureGlobal({ ...fastCheck.readConfigureGlobal(), seed: testSeed });
module.exports = fastCheck;
