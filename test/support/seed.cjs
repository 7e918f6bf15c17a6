// The seed of the tests' random choices: the same in every run, because a gate must answer the same twice; a new one in
// the long form, which searches. SYSVMQ_TEST_SEED sets it.
const { randomInt } = require('node:crypto');

const { SYSVMQ_TEST_SEED: given, SYSVMQ_LONG_TESTS: long = '' } = process.env;
const FIXED_SEED = 1;

exports.testSeed = given === undefined ? (long === '' ? FIXED_SEED : randomInt(2 ** 31)) : Number(given);
