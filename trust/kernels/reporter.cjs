// Jest's results, a line of JSON for each file, on file descriptor 3.
const { readFileSync, writeSync } = require('node:fs');
const { relative } = require('node:path');
const { seconds: limit } = require('/plan.json');

const say = (result) => writeSync(3, `${JSON.stringify(result)}\n`);
const uptime = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

const MAX_MESSAGE = 2000;

function failuresOf({ testResults, failureMessage }) {
  const failed = testResults.filter(({ status }) => status === 'failed');
  if (failed.length === 0 && failureMessage) return [{ title: '', message: failureMessage.slice(0, MAX_MESSAGE) }];
  return failed.map(({ fullName, failureMessages: [message] }) => {
    return { title: fullName, message: message.slice(0, MAX_MESSAGE) };
  });
}

module.exports = class Reporter {
  onTestFileStart({ path, context }) {
    say({ file: relative(context.config.rootDir, path), started: true });
  }

  onTestFileResult({ path, context }, result) {
    const titles = (status) =>
      result.testResults.filter((one) => one.status === status).map(({ fullName }) => fullName);
    say({
      file: relative(context.config.rootDir, path),
      passed: titles('passed').length,
      skipped: titles('pending'),
      failures: failuresOf(result),
    });
    // Between two files: none is cut off.
    if (uptime() > limit) process.exit(0);
  }
};
