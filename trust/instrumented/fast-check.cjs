// fast-check that makes the same values in every run.
const fastCheck = require('../../node_modules/fast-check/lib/cjs/fast-check.js');

fastCheck.configureGlobal({ seed: 1 });
module.exports = fastCheck;
