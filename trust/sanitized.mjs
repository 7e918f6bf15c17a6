#!/usr/bin/env node
// The addon inside Node.js under AddressSanitizer and UndefinedBehaviorSanitizer, with the tests that the suite has.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../tools/harness/namespace.mjs';
import { root } from '../tools/harness/places.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { rounds } from './harness/rounds.mjs';
import { runTests } from './harness/suite.mjs';

const BUILD = 'build-sanitized';
const LONG = ['test/kernel', 'test/waiting', 'test/process', 'test/properties'];
const SHORT = ['test/process/addon-memory', 'test/process/memory-safety', 'test/properties/round-trip'];

const part = {
  name: 'sanitized',
  title: 'the addon in Node.js under AddressSanitizer and UndefinedBehaviorSanitizer, with tests of the suite',
  does: `Builds the addon with -fsanitize=address,undefined in build-sanitized/, and runs the programs of test/smoke and tests of
the suite (${LONG.join(', ')}) against it, in Node.js with the sanitizer's library loaded before it (LD_PRELOAD).
The part fails if any process of a test makes a report, and shows the report. It does not look for leaks: Node.js itself
ends without freeing all its memory. The short form has test/smoke and ${SHORT.join(', ')}.
Takes npm run build:lib first, and g++ with its sanitizers (Debian: g++).`,
  minutes: leastMinutesOf('sanitized'),
  options: { tests: { words: 'these test files or folders instead, with commas between them', kind: 'text' } },
};

function build() {
  const out = ['--out', BUILD, '--log-level', 'error', '--CDSYSVMQ_ADDON_SANITIZE=address,undefined'];
  execFileSync('npx', ['cmake-js', 'build', ...out], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const needed = execFileSync('readelf', ['-d', join(root, BUILD, 'Release/sysvmq.node')], { encoding: 'utf8' });
  if (!/NEEDED.*libasan/.test(needed)) throw new Error(`the addon in ${BUILD}/ has no sanitizer in it`);
}

function sanitizerEnvironment(reports) {
  const preload = realpathSync(execFileSync('g++', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim());
  const log = `log_path=${join(reports, 'report')}`;
  return {
    ...ownNamespaceEnvironment,
    SYSVMQ_BUILD_DIR: BUILD,
    LD_PRELOAD: preload,
    // Some tests ask for more memory than there is, and expect an error; some watch how much the process takes.
    ASAN_OPTIONS: `detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16:detect_stack_use_after_return=1:${log}`,
    UBSAN_OPTIONS: `print_stacktrace=1:${log}`,
  };
}

/** The programs of test/smoke: how many there are, and which failed. */
function smoke(environment) {
  const programs = readdirSync(join(root, 'test/smoke')).sort();
  const [program, ...prefix] = inOwnNamespace;
  const options = { cwd: root, env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'inherit'] };
  const passes = (name) => {
    return spawnSync(program, [...prefix, process.execPath, join('test/smoke', name)], options).status === 0;
  };
  return { count: programs.length, failures: programs.filter((name) => !passes(name)) };
}

function round(patterns) {
  const reports = mkdtempSync(join(tmpdir(), 'sysvmq-sanitized-'));
  try {
    const environment = sanitizerEnvironment(reports);
    const programs = smoke(environment);
    progress(`${programs.count} programs of test/smoke; ${patterns.join(', ')}`);
    const files = runTests(patterns, { environment });
    const found = readdirSync(reports).map((name) => readFileSync(join(reports, name), 'utf8'));
    return { programs, files, found };
  } finally {
    rmSync(reports, { recursive: true });
  }
}

const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);

await runPart(part, ({ minutes, tests }) => {
  const patterns = tests?.split(',') ?? (minutes < leastMinutesOf(part.name) ? SHORT : LONG);
  build();
  const done = rounds(
    minutes,
    () => round(patterns),
    ({ programs, files, found }) => {
      return programs.failures.length + sum(files, ({ failures }) => failures.length) + found.length === 0;
    },
  );
  const files = done.flatMap((one) => one.files);
  const found = done.flatMap((one) => one.found);
  return {
    figures: [
      { name: 'rounds', value: done.length },
      {
        name: 'programs of test/smoke that passed',
        value: sum(done, ({ programs }) => programs.count - programs.failures.length),
      },
      { name: `tests of ${patterns.join(', ')} that passed`, value: sum(files, ({ passed }) => passed) },
      { name: 'skipped', value: sum(files, ({ skipped }) => skipped) },
      { name: 'reports of the sanitizers', value: found.length },
    ],
    failures: [
      ...done.flatMap(({ programs }) => programs.failures),
      ...files.flatMap(({ failures }) => failures),
      ...found,
    ],
  };
});
