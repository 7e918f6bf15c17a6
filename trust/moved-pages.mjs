#!/usr/bin/env node
// Consumers that are killed while the kernel moves the pages of their slots.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ownNamespaceEnvironment } from '../tools/harness/namespace.mjs';
import { root } from '../tools/harness/places.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { runPart } from './harness/part.mjs';
import { rounds } from './harness/rounds.mjs';
import { compacting, pageCounts, someSwap } from './moved-pages/pressure.mjs';

const BUILD = join('build-native', 'none');
const PROGRAM = 'airlock_kill_test';
const KILLS = 300;
const TESTS = [
  [
    'AirlockKillOfPages.PagedOutNothingIsLostButOneInTheory',
    'slots that are not locked, and paged out all the time, beside a thread that maps memory',
  ],
  [
    'AirlockKillOfPages.PagedOutWithSlotsLockedOneByOneNothingIsLost',
    'the same, in a process that may lock one slot at a time (ulimit -l)',
  ],
  ['AirlockKill.ASoleReaderLosesNothing', 'slots that are locked'],
];

const part = {
  name: 'moved-pages',
  title: 'consumers that are killed while the kernel moves the pages of their slots',
  does: `The C++ tests of the airlock that kill consumers, while memory is compacted without end. In one of them the slots are not
locked, and a thread pages them out (MADV_PAGEOUT) as fast as it can, while another one maps and unmaps memory. Where the machine
has no swap, 256 MiB of zram are swap meanwhile. Takes root, cmake, make, g++ and googletest.`,
  minutes: 10,
};

function build() {
  progress('build');
  const configure = ['-S', '.', '-B', BUILD, '-DSYSVMQ_NATIVE_TESTS=ON', '-DCMAKE_BUILD_TYPE=Debug'];
  for (const args of [
    [...configure, '-DCMAKE_CXX_FLAGS=-O1', '-DSYSVMQ_SANITIZE='],
    ['--build', BUILD, '--target', PROGRAM],
  ]) {
    const { status, stderr } = spawnSync('cmake', args, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`cmake ${args.join(' ')}: ${stderr}`);
  }
}

const COUNTS = /(\d+) kills, (\d+) messages, (-?\d+) lost, (\d+) twice, (\d+) uncertain/;

function kill([test]) {
  progress(test);
  const { stdout, stderr } = spawnSync(join(root, BUILD, 'native/test', PROGRAM), [`--gtest_filter=${test}`], {
    encoding: 'utf8',
    env: { ...process.env, ...ownNamespaceEnvironment, SYSVMQ_KILLS: String(KILLS) },
  });
  const [, ...counts] = COUNTS.exec(stdout) ?? [];
  const failed = counts.length === 0 || stdout.includes('FAILED');
  return { counts: counts.map(Number), failures: failed ? [`${test}: ${stdout.slice(-1500)}${stderr}`] : [] };
}

function totals(results) {
  const sum = [0, 0, 0, 0, 0];
  for (const { counts } of results) for (const [index, count] of counts.entries()) sum[index] += count;
  const [kills, messages, lost, , short] = sum.map((count) => count.toLocaleString('en'));
  return `${kills} kills, ${messages} messages, ${lost} lost, ${short} cut short, and marked so`;
}

function measure(minutes) {
  const swap = someSwap();
  const compaction = compacting();
  const before = pageCounts();
  try {
    const done = rounds(
      minutes,
      () => TESTS.map(kill),
      (results) => results.every(({ failures }) => failures.length === 0),
    );
    const after = pageCounts();
    const moved = (name) => after[name] - before[name];
    return {
      figures: [
        ...TESTS.map(([, name], index) => ({ name, value: totals(done.map((results) => results[index])) })),
        { name: 'swap', value: swap.name ?? 'none: nothing is paged out' },
        { name: 'pages paged out', value: moved('pswpout') },
        { name: 'pages paged in', value: moved('pswpin') },
        { name: 'pages moved by compaction', value: moved('pgmigrate_success') },
      ],
      failures: done.flat().flatMap(({ failures }) => failures),
    };
  } finally {
    compaction.stop();
    swap.off();
  }
}

await runPart(part, ({ minutes }) => {
  if (process.getuid() !== 0) return { figures: [{ name: 'skipped', value: 'takes root' }], failures: [] };
  build();
  return measure(minutes);
});
