#!/usr/bin/env node
import { requireNamespaces } from '../scripts/namespace.mjs';
import { figuresOf } from './coverage/figures.mjs';
import { libraryCoverage } from './coverage/library.mjs';
import { nativeCoverage } from './coverage/native.mjs';
// Which lines, branches and functions of lib/ and of native/core/ the tests reach, and which they do not.
import { readOptions, writeResult } from './part.mjs';

const HELP = `Usage: node trust/coverage.mjs [--short] [--only lib|native] [--tests PATTERN,...] [--json FILE]

Runs the tests against a copy of the project, build-coverage/, in which lib/ and the dist/ made of it count (istanbul), so
that the processes and workers that tests start count, too; one that is killed does not say what it has counted. Then the
C++ tests against native/core/, built with gcc's --coverage. Prints what is reached of each file, and the lines that are not.

  --short          a few test files: shows that it works
  --only WHAT      lib or native
  --tests          the test files or folders to run for lib/, instead of all (without the tests of trust/ and bench/)
  --minutes N, --seed N   taken and not used: the tests take as long as they take
  --json FILE      where the result goes (default trust/results/coverage.json)
  --help           this

Takes npm run build first; for native/core also cmake, make, g++ with gcov, and googletest. It makes the IPC namespace.`;

const SHORT = { tests: ['test/unit', 'test/properties/round-trip'], native: 'SendReceive|Sender' };

const text = { type: 'string' };
const options = readOptions(HELP, { short: { type: 'boolean', default: false }, only: text, tests: text });
if (![undefined, 'lib', 'native'].includes(options.only)) {
  console.error(HELP);
  process.exit(2);
}
requireNamespaces();

const begun = performance.now();
const failures = [];
const groups = {};
if (options.only !== 'native') {
  groups.lib = libraryCoverage(options.tests?.split(',') ?? (options.short ? SHORT.tests : []), failures);
}
if (options.only !== 'lib') groups.native = nativeCoverage(options.short ? SHORT.native : undefined, failures);
const seconds = Math.round((performance.now() - begun) / 1000);

const figures = Object.values(groups).flatMap(figuresOf);
for (const { name, value } of figures) console.log(`${name}: ${value}`);
for (const words of failures) console.error(`FAILED: ${words}`);
const chosen = ['short', 'only', 'tests'].filter((name) => options[name] !== undefined && options[name] !== false);
const words = chosen.map((name) => (name === 'short' ? ' --short' : ` --${name} ${options[name]}`));
const command = `node trust/coverage.mjs${words.join('')}`;
const files = Object.values(groups).flat();
writeResult('coverage', options.json, { command, seed: options.seed, seconds, figures, failures, files });
process.exit(failures.length === 0 ? 0 : 1);
