// Jest's environment for a copy with counters. With SYSVMQ_COUNTS it notes which test counted what, and how long each took;
// with SYSVMQ_FAILURE it ends the process at the first test that fails, and writes to that file its name,
// and whether its time was up.
const { writeFileSync } = require('node:fs');
const { relative } = require('node:path');
const { TestEnvironment } = require('jest-environment-node');
const { leaveCounts } = require('./counts.cjs');

function fullName({ name, parent }) {
  return parent === undefined || parent.name === 'ROOT_DESCRIBE_BLOCK' ? name : `${fullName(parent)} ${name}`;
}

module.exports = class CountingEnvironment extends TestEnvironment {
  #file;
  #tests = [];

  constructor(config, context) {
    super(config, context);
    this.#file = relative(config.projectConfig.rootDir, context.testPath);
    this.#tell('SYSVMQ_COUNTED_FILE', this.#file);
  }

  /** What the processes that a test starts have in their environment. */
  #tell(name, value) {
    if (process.env.SYSVMQ_COUNTS === undefined) return;
    if (value === undefined) delete this.global.process.env[name];
    else this.global.process.env[name] = value;
  }

  #setTest(name) {
    if (process.env.SYSVMQ_COUNTS === undefined) return;
    this.global.__stryker__ ??= {};
    this.global.__stryker__.currentTestId = name;
    this.#tell('SYSVMQ_COUNTED_TEST', name);
  }

  handleTestEvent(event) {
    if (event.name === 'test_start') this.#setTest(fullName(event.test));
    if (event.name !== 'test_done') return;
    const { duration, errors } = event.test;
    const name = fullName(event.test);
    if (errors.length > 0 && process.env.SYSVMQ_FAILURE !== undefined) {
      const words = errors.flat().map((error) => String(error?.message ?? error));
      const waited = words.some((word) => word.startsWith('Exceeded timeout'));
      writeFileSync(process.env.SYSVMQ_FAILURE, JSON.stringify({ by: `${this.#file}: ${name}`, waited }));
      process.exit(1);
    }
    this.#tests.push({ name, duration, failed: errors.length > 0 });
    this.#setTest(undefined);
  }

  async teardown() {
    if (process.env.SYSVMQ_COUNTS !== undefined) leaveCounts(this.global, { file: this.#file, tests: this.#tests });
    await super.teardown();
  }
};
