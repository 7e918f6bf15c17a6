#!/usr/bin/env node
// The addon inside Node.js under AddressSanitizer and UndefinedBehaviorSanitizer, with the tests that the suite has.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment, requireNamespaces } from '../scripts/namespace.mjs';
import { readOptions, root, writeResult } from './part.mjs';

const HELP = `Usage: node trust/sanitized.mjs [--short] [--tests PATTERN,...] [--json FILE]

Builds the addon with -fsanitize=address,undefined in build-sanitized/, and runs the programs of test/smoke and tests of
the suite against it, in Node.js with the sanitizer's library loaded before it (LD_PRELOAD). Whatever process of a test
makes a report, this fails, and shows it. Leaks are not looked for: Node.js itself ends without freeing all it has.

  --short     the programs of test/smoke and a few test files: seconds
  --tests     the test files or folders to run, instead of: ${'test/kernel, test/waiting, test/process, test/properties'}
  --help      this

Takes npm run build:lib first, g++ with its sanitizers (Debian: g++), and an IPC namespace of its own, which it makes.`;

const BUILD = 'build-sanitized';
const LONG = ['test/kernel', 'test/waiting', 'test/process', 'test/properties'];
const SHORT = ['test/process/addon-memory', 'test/process/memory-safety', 'test/properties/round-trip'];
const PER_TEST_MS = 300_000;

const flag = { type: 'boolean', default: false };
const options = readOptions(HELP, { short: flag, tests: { type: 'string' } });
requireNamespaces();

function build() {
  const out = ['--out', BUILD, '--log-level', 'error', '--CDSYSVMQ_ADDON_SANITIZE=address,undefined'];
  execFileSync('npx', ['cmake-js', 'build', ...out], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const needed = execFileSync('readelf', ['-d', join(root, BUILD, 'Release/sysvmq.node')], { encoding: 'utf8' });
  if (!/NEEDED.*libasan/.test(needed)) throw new Error(`the addon in ${BUILD}/ has no sanitizer in it`);
}

const preload = realpathSync(execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim());
const reports = mkdtempSync(join(tmpdir(), 'sysvmq-sanitized-'));
const log = `log_path=${join(reports, 'report')}`;
const environment = {
  ...process.env,
  ...ownNamespaceEnvironment,
  SYSVMQ_BUILD_DIR: BUILD,
  LD_PRELOAD: preload,
  // Some tests ask for more memory than there is, and expect to be told; some watch how much the process takes.
  ASAN_OPTIONS: `detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16:detect_stack_use_after_return=1:${log}`,
  UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
};

function run(command, shown) {
  const [program, ...prefix] = inOwnNamespace;
  const stdio = ['ignore', shown ? 'inherit' : 'ignore', 'inherit'];
  return spawnSync(program, [...prefix, ...command], { cwd: root, env: environment, stdio });
}

function smoke() {
  const programs = readdirSync(join(root, 'test/smoke')).sort();
  const failed = programs.filter((name) => run([process.execPath, join('test/smoke', name)]).status !== 0);
  console.log(`test/smoke: ${programs.length - failed.length} of ${programs.length} programs passed ${failed}`);
  return { programs: programs.length, failed };
}

function suite(patterns) {
  const file = join(reports, 'jest.json');
  const jest = ['node_modules/jest/bin/jest.js', '--runInBand', `--testTimeout=${PER_TEST_MS}`];
  run([process.execPath, ...jest, '--json', `--outputFile=${file}`, ...patterns]);
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(file);
  const failed = testResults.flatMap(({ assertionResults, message, name }) => {
    const tests = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    return tests.length === 0 && message !== '' && assertionResults.length === 0 ? [`${name}: ${message}`] : tests;
  });
  return { patterns, passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests, failures: failed };
}

build();
const begun = performance.now();
const smokeResult = smoke();
const tests = suite(options.tests?.split(',') ?? (options.short ? SHORT : LONG));
const seconds = Math.round((performance.now() - begun) / 1000);
const found = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
rmSync(reports, { recursive: true });
for (const report of found) console.error(report);
console.log(
  `${tests.passed} tests passed, ${tests.failed} failed, ${tests.skipped} skipped; ${found.length} reports; ${seconds} s`,
);
const which = options.short ? ' --short' : options.tests === undefined ? '' : ` --tests ${options.tests}`;
const command = `node trust/sanitized.mjs${which}`;
writeResult('sanitized', options.json, { command, seconds, smoke: smokeResult, tests, reports: found });
process.exit(found.length === 0 && tests.failed === 0 && smokeResult.failed.length === 0 ? 0 : 1);
