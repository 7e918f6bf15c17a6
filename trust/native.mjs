#!/usr/bin/env node
// The C++ tests of native/core/ under ThreadSanitizer, AddressSanitizer and UndefinedBehaviorSanitizer, and valgrind.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { rounds } from './harness/rounds.mjs';
import { memcheck } from './native/memcheck.mjs';

const SANITIZERS = ['thread', 'address', 'none'];
const TITLES = {
  thread: 'ThreadSanitizer',
  address: 'AddressSanitizer and UndefinedBehaviorSanitizer',
  none: 'no sanitizer',
};
/** Of the short form: races, and what waits. */
const SHORT_TESTS = ['-R', 'Race'];
const SHORT_PROGRAMS = ['sender_test', 'waiter_test'];

const part = {
  name: 'native',
  title:
    'the C++ tests of native/core/ under ThreadSanitizer, AddressSanitizer, UndefinedBehaviorSanitizer and valgrind',
  does: `Builds native/core/ and its tests (build-native/, as npm run test:native does) and runs them under ThreadSanitizer, under
AddressSanitizer with UndefinedBehaviorSanitizer, as they are, and under valgrind's memcheck, which looks for memory that is
read before it is written, for leaks, and for file descriptors that are left open. Longer runs do it again: races are a
matter of luck. The short form has the races and ${SHORT_PROGRAMS.join(' and ')}.
Takes cmake, make, g++, googletest and valgrind (the Debian packages of these names).`,
  minutes: leastMinutesOf('native'),
};

/** The tests in the build of a sanitizer: { name, passed, failures }. */
function sanitized(name, options) {
  progress(`the tests under ${name}`);
  const args = [join(root, 'scripts/test-native.mjs'), '--sanitizer', name, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [, failed = '0', all = '0'] = /(\d+) tests failed out of (\d+)/.exec(stdout) ?? [];
  const passed = Number(all) - Number(failed);
  if (status === 0 && passed > 0) return { name, passed, failures: [] };
  const words = `${stdout}\n${stderr}`.split('\n').slice(-80).join('\n');
  return { name, passed, failures: [`${TITLES[name]}: ${failed} of ${all} tests failed\n${words}`] };
}

function underValgrind(programs) {
  const logs = mkdtempSync(join(tmpdir(), 'sysvmq-valgrind-'));
  try {
    return programs.map((program) => {
      progress(`${program} under valgrind`);
      return memcheck(join(root, 'build-native/none/native/test', program), logs);
    });
  } finally {
    rmSync(logs, { recursive: true });
  }
}

// Its processes are killed, after which valgrind has nothing to report, or go through a call step by step, where a step is one
// of valgrind's own instructions, of which there are thousands.
const NOT_UNDER_VALGRIND = 'airlock_kill_test';

/** What native/test/ has: its programs are named after their sources. */
function programsForValgrind() {
  return readdirSync(join(root, 'native/test'))
    .filter((file) => file.endsWith('_test.cc'))
    .map((file) => file.replace('.cc', ''))
    .filter((program) => program !== NOT_UNDER_VALGRIND);
}

function round(isShort) {
  const builds = SANITIZERS.map((name) => sanitized(name, isShort ? SHORT_TESTS : []));
  const built = builds.find(({ name }) => name === 'none').passed > 0;
  return { builds, checked: built ? underValgrind(isShort ? SHORT_PROGRAMS : programsForValgrind()) : [] };
}

const failuresOf = ({ builds, checked }) => [...builds, ...checked].flatMap(({ failures }) => failures);
const sum = (items, of) => items.reduce((total, item) => total + of(item), 0);

function valgrindFigures(checked) {
  return [
    { name: 'tests passed under valgrind', value: sum(checked, ({ passed }) => passed) },
    { name: 'its errors', value: sum(checked, ({ errors }) => errors) },
    { name: 'memory definitely lost', value: sum(checked, ({ lost }) => lost), unit: 'bytes' },
    { name: 'file descriptors left open', value: sum(checked, ({ descriptors }) => descriptors) },
  ];
}

await runPart(part, ({ minutes }) => {
  const isShort = minutes < leastMinutesOf(part.name);
  const done = rounds(
    minutes,
    () => round(isShort),
    (result) => failuresOf(result).length === 0,
  );
  const builds = done.flatMap((one) => one.builds);
  const passed = (name) => sum(builds, (one) => (one.name === name ? one.passed : 0));
  return {
    figures: [
      { name: 'rounds', value: done.length },
      ...SANITIZERS.map((name) => ({ name: `tests passed under ${TITLES[name]}`, value: passed(name) })),
      ...valgrindFigures(done.flatMap(({ checked }) => checked)),
    ],
    failures: done.flatMap(failuresOf),
  };
});
