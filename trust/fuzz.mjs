#!/usr/bin/env node
// Builds the fuzzers of native/core/ and runs them, each in an IPC namespace of its own.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inOwnNamespace } from '../tools/harness/namespace.mjs';
import { root } from '../tools/harness/places.mjs';
import { runPart } from './harness/part.mjs';

const NAMES = ['calls', 'waiting'];

const part = {
  name: 'fuzz',
  title: 'libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer over native/core/',
  does: `libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer over native/core/, built in build-fuzz/:

  calls     arguments of the system calls and of the bounded waits
  waiting   sequences of calls on waiters and senders, while another thread sends and receives

The time is divided among them. Inputs that are worth keeping gather in build-fuzz/corpus-NAME and are
started from the next time. An input that fails is kept as build-fuzz/failed-NAME-…; --only NAME --input FILE runs it
again. The seed, which is printed, decides the inputs, as long as the corpus is the same; which thread is quicker it does
not. Takes clang and its run-time libraries (Debian: clang-14 libclang-rt-14-dev), cmake and make.`,
  minutes: 1,
  options: {
    only: { words: `one of the two: ${NAMES.join(', ')}`, kind: 'text' },
    input: { words: 'the file of one input, to run it alone', kind: 'text' },
  },
};

const BUILD = 'build-fuzz';
const MAX_BYTES = 400;
const HANGS_AFTER_S = 60;
const LARGEST_SEED = 2 ** 31;

function findClang() {
  const found = ['clang++', 'clang++-14', 'clang++-19'].find(
    (program) => spawnSync(program, ['--version']).error === undefined,
  );
  if (found !== undefined) return found;
  throw new Error('The fuzzers need clang, and there is none: install clang-14 and libclang-rt-14-dev.');
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

function fuzz(name, seconds, seed) {
  const corpus = join(root, BUILD, `corpus-${name}`);
  // Inputs that have failed once, and must not again.
  const kept = join(root, 'trust/fuzz/inputs', name);
  mkdirSync(corpus, { recursive: true });
  const limits = [`-max_total_time=${seconds}`, `-max_len=${MAX_BYTES}`, '-len_control=0', '-print_final_stats=1'];
  const folders = existsSync(kept) ? [corpus, kept] : [corpus];
  // libFuzzer takes 0 for "none given".
  const { status, stderr } = run(name, [`-seed=${(seed % LARGEST_SEED) + 1}`, ...limits, ...folders]);
  const inputs = statistic(stderr, 'number_of_executed_units');
  const edges = Number([...stderr.matchAll(/ cov: (\d+) /g)].at(-1)?.[1] ?? 0);
  const passed = status === 0 && inputs > 0;
  if (!passed) console.error(stderr.split('\n').slice(-80).join('\n'));
  const gathered = readdirSync(corpus).length;
  const value = `${inputs.toLocaleString('en')} inputs in ${seconds} s, ${edges} edges covered, ${gathered} inputs kept`;
  return { figure: { name, value }, failures: passed ? [] : [`${name}: see ${BUILD}/failed-${name}-…`] };
}

function runInput(name, input) {
  const { status, stderr } = run(name, [input]);
  console.error(stderr);
  return { figures: [], failures: status === 0 ? [] : [`${name}: ${input}`] };
}

await runPart(part, ({ minutes, seed, only, input }) => {
  const names = NAMES.filter((name) => only === undefined || name === only);
  if (names.length === 0) throw new Error(`There is no fuzzer ${only}.`);
  if (input !== undefined && only === undefined) throw new Error('--input takes --only as well.');
  build();
  if (input !== undefined) return runInput(only, input);
  const seconds = Math.max(1, Math.round((minutes * 60) / names.length));
  const results = names.map((name) => fuzz(name, seconds, seed));
  return {
    figures: results.map(({ figure }) => figure),
    failures: results.flatMap(({ failures }) => failures),
  };
});
