// What was counted, left as a file in the folder SYSVMQ_COUNTS. Loaded first (NODE_OPTIONS) in each process and worker that
// a test starts, it does so at its end; one that is killed leaves nothing.
const { randomUUID } = require('node:crypto');
const { renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** Of istanbul's counters only how often each statement, function and branch was run. */
function hits(coverage) {
  const perFile = Object.entries(coverage).map(([path, { s, f, b }]) => [path, { s, f, b }]);
  return Object.fromEntries(perFile);
}

/** `counted` is a global object: Jest gives each test file, or batch of them, one of its own. `files` are { file, tests }. */
exports.leaveCounts = (counted, files) => {
  const { __coverage__: coverage, __stryker__: mutants } = counted;
  if (coverage === undefined && mutants?.mutantCoverage === undefined) return;
  const left = { files, coverage: coverage && hits(coverage), mutants: mutants?.mutantCoverage };
  const path = join(process.env.SYSVMQ_COUNTS, randomUUID());
  writeFileSync(path, JSON.stringify(left));
  // A process that is killed meanwhile leaves no half of a file.
  renameSync(path, `${path}.json`);
};

const { SYSVMQ_COUNTS, SYSVMQ_COUNTED_FILE: file, SYSVMQ_COUNTED_TEST: test } = process.env;

let left = false;

function leaveAtTheEnd() {
  if (left) return;
  left = true;
  try {
    exports.leaveCounts(globalThis, [{ file, tests: [] }]);
  } catch {
    // The test has taken from this process what writing takes.
  }
}

if (SYSVMQ_COUNTS !== undefined && file !== undefined) {
  if (test !== undefined) globalThis.__stryker__ = { currentTestId: test };
  // After everything else that is done at the end.
  const { emit } = process;
  process.emit = function emitAndLeave(name, ...values) {
    const heard = emit.call(this, name, ...values);
    if (name === 'exit') leaveAtTheEnd();
    return heard;
  };
  // A command that was interrupted ends itself by the same signal.
  const { kill } = process;
  process.kill = (pid, signal) => {
    if (pid === process.pid && signal !== 0 && signal !== 'SIGTSTP') leaveAtTheEnd();
    return kill.call(process, pid, signal);
  };
}
