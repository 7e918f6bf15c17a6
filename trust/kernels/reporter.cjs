// Jest's results of batches, a line of JSON for each file of one, on file descriptor 3.
const { existsSync, readFileSync, writeSync } = require('node:fs');
const { seconds: limit } = require('/plan.json');

const say = (result) => writeSync(3, `${JSON.stringify(result)}\n`);
const uptime = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

const MAX_MESSAGE = 2000;
const SKIPPED = process.env.SYSVMQ_SKIPPED;

/** The titles of tests that were skipped because the machine lacks something; the other ones are slow. */
function titlesOfSkipped() {
  if (!existsSync(SKIPPED)) return [];
  const lines = readFileSync(SKIPPED, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line).title);
}

/** The first title of a test in a batch is its file. */
const fileOf = ({ ancestorTitles: [file] }) => file;
const titleOf = ({ ancestorTitles: [, ...others], title }) => [...others, title].join(' ');

function resultOf(file, testResults) {
  const some = (wanted) => testResults.filter(({ status }) => status === wanted);
  const failures = some('failed').map((one) => ({
    title: titleOf(one),
    message: one.failureMessages.join('\n').slice(0, MAX_MESSAGE),
  }));
  const titles = titlesOfSkipped();
  const skipped = some('pending').filter(({ title }) => titles.includes(title));
  const slow = some('pending').length - skipped.length;
  return { file, passed: some('passed').length, skipped: skipped.map(titleOf), slow, failures };
}

module.exports = class Reporter {
  #started = new Set();

  onTestCaseResult(_test, result) {
    const file = fileOf(result);
    if (this.#started.has(file)) return;
    this.#started.add(file);
    say({ file, started: true });
  }

  onTestFileResult({ path }, { testResults, failureMessage }) {
    const files = [...new Set(testResults.map(fileOf))];
    for (const file of files)
      say(
        resultOf(
          file,
          testResults.filter((one) => fileOf(one) === file),
        ),
      );
    // A batch can fail without a test of it that did: when it does not load, or after its tests.
    if (failureMessage && testResults.every(({ status }) => status !== 'failed'))
      say({
        file: path,
        passed: 0,
        skipped: [],
        failures: [{ title: '', message: failureMessage.slice(0, MAX_MESSAGE) }],
      });
    // Between two batches: none is cut off.
    if (uptime() > limit) process.exit(0);
  }
};
