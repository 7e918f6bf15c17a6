// Jest's reporter for chunks that run side by side: what there is to say of a file is written in one piece. The counts go to
// the file SYSVMQ_RESULT; with SYSVMQ_REPORTS_ONLY_COUNTS Jest's own reporter shows the rest.
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');

const { SYSVMQ_RESULT: resultFile, SYSVMQ_REPORTS_ONLY_COUNTS: onlyCounts } = process.env;

// How long Jest may take to end after its last test.
const END_MS = Number(process.env.SYSVMQ_END_MS ?? 30_000);

/** What keeps the event loop alive, with the commands of child processes. */
function whatIsOpen() {
  const commands = process
    ._getActiveHandles()
    .flatMap(({ spawnargs, pid }) => (spawnargs ? [`${pid}: ${spawnargs.join(' ')}`] : []));
  return [...process.getActiveResourcesInfo(), ...commands].join(', ');
}

/** Fails a run that something keeps alive: whatever a test leaves open would keep a user's program alive too. */
function endInTime() {
  const timer = setTimeout(() => {
    process.stderr.write(`FAIL Jest did not end ${END_MS / 1000} s after its last test: ${whatIsOpen()}\n`);
    process.exit(1);
  }, END_MS);
  timer.unref();
}

const secondsOf = ({ perfStats: { start, end } }) => (end - start) / 1000;

module.exports = class ChunkReporter {
  onTestResult(_test, result) {
    if (onlyCounts !== undefined) return;
    const failed = result.numFailingTests > 0 || result.testExecError != null;
    const file = relative(process.cwd(), result.testFilePath);
    const lines = [`${failed ? 'FAIL' : 'PASS'} ${file} (${secondsOf(result).toFixed(1)} s)`];
    for (const { type, message } of result.console ?? []) lines.push(`  console.${type}: ${message}`);
    if (failed && result.failureMessage) lines.push(result.failureMessage);
    process.stderr.write(`${lines.join('\n')}\n`);
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, testResults }) {
    const seconds = testResults.map((result) => [relative(process.cwd(), result.testFilePath), secondsOf(result)]);
    writeFileSync(
      resultFile,
      JSON.stringify({
        passed: numPassedTests,
        failed: numFailedTests,
        pending: numPendingTests,
        seconds: Object.fromEntries(seconds),
      }),
    );
    endInTime();
  }
};
