// What was counted, left as a file in the folder SYSVMQ_COUNTS. Loaded first (NODE_OPTIONS) in each process and worker that
// a test starts, it does so at its end; one that is killed leaves nothing.
const { randomUUID } = require('node:crypto');
const { writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** `counted` is a global object: Jest gives each test file one of its own. */
exports.leaveCounts = (counted, about) => {
  const { __coverage__: coverage, __stryker__: mutants } = counted;
  if (coverage === undefined && mutants?.mutantCoverage === undefined) return;
  const left = { ...about, coverage, mutants: mutants?.mutantCoverage };
  writeFileSync(join(process.env.SYSVMQ_COUNTS, `${randomUUID()}.json`), JSON.stringify(left));
};

const { SYSVMQ_COUNTS, SYSVMQ_COUNTED_FILE: file, SYSVMQ_COUNTED_TEST: test } = process.env;
if (SYSVMQ_COUNTS !== undefined && file !== undefined) {
  if (test !== undefined) globalThis.__stryker__ = { currentTestId: test };
  process.on('exit', () => {
    try {
      exports.leaveCounts(globalThis, { file });
    } catch {
      // The test has taken from this process what writing takes.
    }
  });
}
