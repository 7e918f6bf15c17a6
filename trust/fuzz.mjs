#!/usr/bin/env node
// Builds the fuzzers of native/core/ and runs them, each in an IPC namespace of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inOwnNamespace, requireNamespaces } from '../scripts/namespace.mjs';
import { readOptions, root, writeResult } from './part.mjs';

const HELP = `Usage: node trust/fuzz.mjs [--minutes N] [--seed N] [--only calls|waiting] [--input FILE] [--json FILE]

libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer over native/core/, built in build-fuzz/:

  calls     arguments of the system calls and of the bounded waits
  waiting   sequences of calls on waiters and senders, while another thread sends and receives

The time (default: 1 minute) is divided among them. Inputs that are worth keeping gather in build-fuzz/corpus-NAME and are
started from the next time. An input that fails is kept as build-fuzz/failed-NAME-…; --only NAME --input FILE runs it
again. The seed, which is printed, decides the inputs, as long as the corpus is the same; which thread is quicker it does
not. Takes clang and its run-time libraries (Debian: clang-14 libclang-rt-14-dev), cmake, make, and an IPC namespace.`;

const BUILD = 'build-fuzz';
const NAMES = ['calls', 'waiting'];
const MOST_BYTES = 400;
const HANGS_AFTER_S = 60;

const text = { type: 'string' };
const options = readOptions(HELP, { only: text, input: text });
const names = options.only === undefined ? NAMES : NAMES.filter((name) => name === options.only);
if (names.length === 0 || (options.input !== undefined && names.length > 1)) {
  console.error(HELP);
  process.exit(2);
}
requireNamespaces();

function findClang() {
  const found = ['clang++', 'clang++-14', 'clang++-19'].find(
    (program) => spawnSync(program, ['--version']).error === undefined,
  );
  if (found !== undefined) return found;
  console.error('The fuzzers need clang, and there is none: install clang-14 and libclang-rt-14-dev.');
  process.exit(1);
}

function build() {
  const flags = ['-DSYSVMQ_FUZZ=ON', `-DCMAKE_CXX_COMPILER=${findClang()}`, '-DCMAKE_BUILD_TYPE=Debug'];
  const targets = NAMES.flatMap((name) => ['--target', `fuzz_${name}`]);
  const stdio = ['ignore', 'ignore', 'inherit'];
  execFileSync('cmake', ['-S', '.', '-B', BUILD, ...flags], { cwd: root, stdio });
  execFileSync('cmake', ['--build', BUILD, ...targets], { cwd: root, stdio });
}

/** Runs a fuzzer, and returns what it has said. */
function run(name, args) {
  const program = join(root, BUILD, 'trust/fuzz', `fuzz_${name}`);
  const [command, ...prefix] = inOwnNamespace;
  const artifacts = `-artifact_prefix=${join(root, BUILD, `failed-${name}-`)}`;
  return spawnSync(command, [...prefix, program, artifacts, `-timeout=${HANGS_AFTER_S}`, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
}

function statistic(stderr, name) {
  return Number(new RegExp(`stat::${name}:\\s*(\\d+)`).exec(stderr)?.[1] ?? 0);
}

function fuzz(name) {
  const corpus = join(root, BUILD, `corpus-${name}`);
  // Inputs that have failed once, and must not again.
  const kept = join(root, 'trust/fuzz/inputs', name);
  mkdirSync(corpus, { recursive: true });
  const seconds = Math.max(1, Math.round((options.minutes * 60) / names.length));
  const limits = [`-max_total_time=${seconds}`, `-max_len=${MOST_BYTES}`, '-len_control=0', '-print_final_stats=1'];
  const folders = existsSync(kept) ? [corpus, kept] : [corpus];
  // libFuzzer takes 0 for "none given".
  const { status, stderr } = run(name, [`-seed=${options.seed + 1}`, ...limits, ...folders]);
  const inputs = statistic(stderr, 'number_of_executed_units');
  const edges = Number([...stderr.matchAll(/ cov: (\d+) /g)].at(-1)?.[1] ?? 0);
  const passed = status === 0 && inputs > 0;
  if (!passed) console.error(stderr.split('\n').slice(-80).join('\n'));
  console.log(`${name}: ${inputs} inputs in ${seconds} s, ${edges} edges covered, ${passed ? 'no failure' : 'FAILED'}`);
  return { name, seconds, inputs, edges, corpus: readdirSync(corpus).length, passed };
}

build();
if (options.input !== undefined) {
  const { status, stderr } = run(names[0], [options.input]);
  console.error(stderr);
  process.exit(status ?? 1);
}
console.log(`seed ${options.seed}`);
const results = names.map(fuzz);
const only = options.only === undefined ? '' : ` --only ${options.only}`;
const command = `node trust/fuzz.mjs --minutes ${options.minutes} --seed ${options.seed}${only}`;
writeResult('fuzz', options.json, { command, seed: options.seed, sanitizers: 'address,undefined', results });
process.exit(results.every(({ passed }) => passed) ? 0 : 1);
