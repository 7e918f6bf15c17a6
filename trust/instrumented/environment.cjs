// Jest's environment for a copy with counters. With SYSVMQ_COUNTS it notes which test counted what, and how long each took;
// with SYSVMQ_FAILURE it ends the process at the first test that fails, and writes to that file its name,
// and whether its time was up.
const { writeFileSync } = require('node:fs');
const { basename, relative } = require('node:path');
const { TestEnvironment } = require('jest-environment-node');
const { leaveCounts } = require('./counts.cjs');

function nameOf({ name, parent }) {
  return parent === undefined || parent.name === 'ROOT_DESCRIBE_BLOCK' ? name : `${nameOf(parent)} ${name}`;
}

const BATCH = 'batch.cjs';

module.exports = class CountingEnvironment extends TestEnvironment {
  #file;
  #tests = new Map();

  constructor(config, context) {
    super(config, context);
    // The first title of a test in a batch is its file.
    if (basename(context.testPath) !== BATCH) this.#file = relative(config.projectConfig.rootDir, context.testPath);
    this.#tell('SYSVMQ_COUNTED_FILE', this.#file);
  }

  /** What the processes that a test starts have in their environment. */
  #tell(name, value) {
    if (process.env.SYSVMQ_COUNTS === undefined) return;
    if (value === undefined) delete this.global.process.env[name];
    else this.global.process.env[name] = value;
  }

  #placeOf(test) {
    const fullName = nameOf(test);
    if (this.#file !== undefined) return { file: this.#file, name: fullName };
    const [file] = fullName.split(' ');
    return { file, name: fullName.slice(file.length + 1) };
  }

  #setTest(place) {
    if (process.env.SYSVMQ_COUNTS === undefined) return;
    const id = place && `${place.file} ${place.name}`;
    this.global.__stryker__ ??= {};
    this.global.__stryker__.currentTestId = id;
    this.#tell('SYSVMQ_COUNTED_TEST', id);
    this.#tell('SYSVMQ_COUNTED_FILE', place?.file ?? this.#file);
  }

  handleTestEvent(event) {
    if (event.name === 'test_start') this.#setTest(this.#placeOf(event.test));
    if (event.name !== 'test_done') return;
    const { duration, errors } = event.test;
    const { file, name } = this.#placeOf(event.test);
    if (errors.length > 0 && process.env.SYSVMQ_FAILURE !== undefined) {
      const words = errors.flat().map((error) => String(error?.message ?? error));
      const waited = words.some((word) => word.startsWith('Exceeded timeout'));
      writeFileSync(process.env.SYSVMQ_FAILURE, JSON.stringify({ by: `${file}: ${name}`, waited }));
      process.exit(1);
    }
    if (!this.#tests.has(file)) this.#tests.set(file, []);
    this.#tests.get(file).push({ name, duration, failed: errors.length > 0 });
    this.#setTest(undefined);
  }

  async teardown() {
    const files = [...this.#tests].map(([file, tests]) => ({ file, tests }));
    if (process.env.SYSVMQ_COUNTS !== undefined) leaveCounts(this.global, files);
    await super.teardown();
  }
};
