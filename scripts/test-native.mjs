#!/usr/bin/env node
// Builds the C++ tests of native/core/ and runs them, once for each sanitizer, in an IPC namespace of their own.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readKnownArguments, refuse, text } from '../tools/harness/arguments.mjs';
import { inOwnNamespace, ownNamespaceEnvironment, requireNamespaces } from '../tools/harness/namespace.mjs';
import { root } from '../tools/harness/places.mjs';

const SANITIZERS = { address: 'address;undefined', thread: 'thread', none: '' };

const HELP = `Usage: npm run test:native -- [--sanitizer ${Object.keys(SANITIZERS).join('|')}] [ctest options]

Builds native/core/ and its C++ tests with CMake in build-native/, and runs them: under AddressSanitizer and
UndefinedBehaviorSanitizer ("address"), under ThreadSanitizer ("thread"), and as they are ("none"); all by default.
Options of ctest choose tests: -R ReceiveWithin. Needs the Debian packages cmake, make, g++, and googletest or
libgtest-dev.`;

const { values, rest: ctestOptions } = readKnownArguments(HELP, { sanitizer: text });
const chosen = values.sanitizer === undefined ? Object.keys(SANITIZERS) : [values.sanitizer];
if (!chosen.every((name) => Object.hasOwn(SANITIZERS, name))) refuse(`There is no sanitizer "${chosen}".`, HELP);

/** The status of a command. Of a quiet one only warnings and errors are shown, unless it fails. */
function run(command, { quiet = false, environment = {} } = {}) {
  console.log(command.map((word) => (/^[\w./=:-]+$/.test(word) ? word : `'${word}'`)).join(' '));
  const [program, ...args] = command;
  const { status, error, stdout } = spawnSync(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
  });
  if (error !== undefined) console.error(String(error));
  if (quiet && status !== 0) console.error(stdout);
  return status ?? 1;
}

function requirePrograms() {
  for (const [program, debianPackage] of [
    ['cmake', 'cmake'],
    ['ctest', 'cmake'],
    ['make', 'make'],
    ['c++', 'g++'],
  ]) {
    if (spawnSync(program, ['--version']).error === undefined) continue;
    console.error(`The C++ tests need ${program}, and there is none: install the Debian package ${debianPackage}.`);
    process.exit(1);
  }
}

// ThreadSanitizer before GCC 14 and Clang 18 knows the layout that 28 random bits give, and stops with "unexpected
// memory mapping" where the kernel uses more. Only there, because containers may forbid setarch.
function withoutRandomAddresses(name) {
  if (name !== 'thread') return [];
  try {
    return Number(readFileSync('/proc/sys/vm/mmap_rnd_bits', 'latin1')) > 28 ? ['setarch', '-R'] : [];
  } catch {
    return [];
  }
}

function test(name) {
  const directory = join('build-native', name);
  const configure = ['cmake', '-S', '.', '-B', directory, '-DSYSVMQ_NATIVE_TESTS=ON', '-DCMAKE_BUILD_TYPE=Debug'];
  // The lines of a stack are all that a report of the sanitizers shows, and the rest takes time to write and to link.
  const flags = ['-DCMAKE_CXX_FLAGS=-O1', '-DCMAKE_CXX_FLAGS_DEBUG=-g1', `-DSYSVMQ_SANITIZE=${SANITIZERS[name]}`];
  if (run([...configure, ...flags], { quiet: true }) !== 0) return 'not configured';
  const parallel = ['--parallel', String(availableParallelism())];
  if (run(['cmake', '--build', directory, ...parallel], { quiet: true }) !== 0) return 'not built';
  const settings = ['--test-dir', directory, '--output-on-failure', '--no-tests=error'];
  const ctest = ['ctest', ...settings, ...parallel, ...ctestOptions];
  const command = [...inOwnNamespace, ...withoutRandomAddresses(name), ...ctest];
  return run(command, { environment: ownNamespaceEnvironment }) === 0 ? 'passed' : 'failed';
}

requirePrograms();
requireNamespaces();
const results = chosen.map((name) => ({ name, result: test(name) }));
for (const { name, result } of results) console.log(`${name}: ${result}`);
process.exit(results.every(({ result }) => result === 'passed') ? 0 : 1);
