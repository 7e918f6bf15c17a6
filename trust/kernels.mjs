#!/usr/bin/env node
// Debian's kernels, each in a virtual machine, with the tests of what the library has from the kernel.
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress } from '../tools/harness/progress.mjs';
import { sideBySide } from '../tools/harness/side-by-side.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { smokeInitrd, testsInitrd } from './kernels/initrds.mjs';
import { roundsOf, smokePrograms } from './kernels/plan.mjs';
import { kernelOf, requirePrograms } from './machine/debian.mjs';
import { archive } from './machine/initrd.mjs';
import { buildFolder } from './machine/places.mjs';
import { runMachine } from './machine/virtual-machine.mjs';

const PROGRAMS = { 'qemu-system-x86_64': 'qemu-system-x86', mmdebstrap: 'mmdebstrap', cpio: 'cpio' };
const ARM_PROGRAMS = { 'qemu-system-aarch64': 'qemu-system-arm', 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu' };

/** The kernels: Debian's packages, and what they are booted with. Those with the least work come first, and leave the others their time. */
const MACHINES = [
  { kernel: 'linux-image-6.12-cloud-arm64', architecture: 'arm64' },
  { kernel: 'linux-image-6.12-cloud-amd64', parameter: 'ipcmni_extend' },
  { kernel: 'linux-image-rt-amd64' },
  { kernel: 'linux-image-6.12-rt-amd64' },
  { kernel: 'linux-image-cloud-amd64' },
  { kernel: 'linux-image-6.12-cloud-amd64' },
];

const MEMORY_MIB = 3072;
// A test may make 40,000 queues, on a processor that others need, too.
const SILENCE_MS = 30 * 60_000;
/** Beyond its time, for its start and for the file that it is at. */
const GRACE_SECONDS = 15 * 60;

const part = {
  name: 'kernels',
  title: "the tests of the kernel's facts, of waiting and of conformance under Debian's kernels",
  does: `Boots Debian's 6.1 and 6.12, each with PREEMPT_RT and without, in virtual machines of qemu's, which need no KVM, with node,
the library as it is built, and its tests; 6.12 once more with ipcmni_extend, and once for arm64, with the programs of test/smoke.
Root has CAP_SYS_RESOURCE there. Each other machine runs test/kernel,
test/waiting and test/conformance: first the files that depend on the kernel most, then the others in an order that the seed
makes, without the slow tests, as far as its share of the minutes goes. The short form boots one and runs two files.
Takes npm run build first, root, apt, and the Debian packages ${Object.values({ ...PROGRAMS, ...ARM_PROGRAMS }).join(', ')}. What it downloads and makes it
keeps in build-kernels/.`,
  minutes: leastMinutesOf('kernels'),
  options: {
    only: { words: 'the machines whose name has this in it', kind: 'text' },
    lanes: { words: 'how many machines run side by side (default 1)' },
  },
};

const nameOf = ({ kernel, parameter }) => [kernel, parameter].filter(Boolean).join(' with ');

/** The shared archive with a machine's plan: a file of its own. */
function withPlan(shared, name, plan) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-plan-'));
  try {
    const file = join(buildFolder('initrds'), `${name}.cpio`);
    copyFileSync(shared, file);
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
    archive(folder, file, { append: true });
    return file;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a machine's lines of results come to. */
function account(results, planned, why) {
  const files = results.filter(({ passed }) => passed !== undefined);
  const started = results.filter((result) => result.started).map(({ file }) => file);
  const unfinished = started.filter((file) => !files.some((one) => one.file === file));
  const failures = files.flatMap(({ file, failures: failed }) => {
    return failed.map(({ title, message }) => `${file}: ${title}\n${message}`);
  });
  const boot = results.find(({ release }) => release !== undefined);
  if (boot === undefined) failures.push('it did not boot');
  if (why !== undefined) failures.push([why, ...unfinished.map((file) => `during ${file}`)].join(', '));
  else if (files.length === 0 || unfinished.length > 0)
    failures.push(`the tests ended during ${unfinished[0] ?? 'the start'}`);
  return {
    release: boot?.release,
    bootSeconds: boot?.bootSeconds,
    files: new Set(files.map(({ file }) => file)).size,
    passed: files.reduce((sum, { passed }) => sum + passed, 0),
    slow: files.reduce((sum, { slow = 0 }) => sum + slow, 0),
    skipped: files.flatMap(({ file, skipped }) => skipped.map((title) => `${file}: ${title}`)),
    notRun: planned.filter((file) => !started.includes(file) && !files.some((one) => one.file === file)),
    failures,
  };
}

const isOther = ({ architecture }) => architecture !== undefined;

/** The initrds by architecture, each made when the first machine takes it. */
const initrds = {};
function initrdOf({ architecture }) {
  if (architecture === undefined) initrds.x64 ??= testsInitrd();
  else initrds[architecture] ??= smokeInitrd(architecture);
  return initrds[architecture ?? 'x64'];
}

async function runOne(machine, { seconds, isShort, seed }) {
  const name = nameOf(machine);
  const extended = machine.parameter === 'ipcmni_extend';
  const work = isOther(machine) ? { programs: smokePrograms() } : { rounds: roundsOf({ extended, isShort, seed }) };
  const planned = work.programs ?? work.rounds.flatMap(({ batches }) => batches.flat());
  const results = [];
  const began = Date.now();
  let why;
  try {
    requirePrograms(isOther(machine) ? { ...PROGRAMS, ...ARM_PROGRAMS } : PROGRAMS);
    const settings = {
      architecture: machine.architecture ?? 'x64',
      kernel: kernelOf(machine.kernel, machine.architecture),
      initrd: withPlan(initrdOf(machine), name.replaceAll(' ', '-'), { ...work, seconds }),
      parameters: machine.parameter === undefined ? [] : [machine.parameter],
      memoryMiB: MEMORY_MIB,
    };
    const log = join(buildFolder('logs'), `${name.replaceAll(' ', '-')}.log`);
    const limitMs = (seconds + GRACE_SECONDS) * 1000;
    const onResult = (result) => {
      results.push(result);
      progress(`${name}: ${result.started ? result.file : JSON.stringify(result).slice(0, 100)}`);
    };
    why = await runMachine(settings, { log, onResult, limitMs, silenceMs: SILENCE_MS });
  } catch (error) {
    why = error.message;
  }
  return { name, seconds: Math.round((Date.now() - began) / 1000), ...account(results, planned, why) };
}

function wordsOf({ release, bootSeconds, files, passed, skipped, slow, notRun, seconds }) {
  if (release === undefined) return 'did not boot';
  const counts = `${passed} tests passed, ${skipped.length} skipped and ${slow} slow ones left out in ${files} files`;
  return `${release}: ${counts} (${notRun.length} not run); /init after ${Math.round(bootSeconds)} s, ${seconds} s in all`;
}

await runPart(part, async ({ minutes, seed, only = '', lanes = 1 }) => {
  const isShort = minutes < leastMinutesOf(part.name);
  const named = MACHINES.filter((machine) => nameOf(machine).includes(only));
  if (named.length === 0) return { figures: [], failures: [`there is no machine ${only}`] };
  const chosen = isShort ? named.slice(-1) : named;
  const end = performance.now() + minutes * 60_000;
  // What one does not take is left to those after it.
  const runNext = (machine, index) => {
    const seconds = ((end - performance.now()) / 1000) * Math.min(1, lanes / (chosen.length - index));
    return runOne(machine, { seconds, isShort, seed });
  };
  const done = await sideBySide(chosen, runNext, lanes);
  const sum = (of) => done.reduce((total, one) => total + of(one), 0);
  return {
    figures: [
      { name: 'machines', value: done.length },
      { name: 'tests passed', value: sum(({ passed }) => passed) },
      ...done.map((one) => ({ name: one.name, value: wordsOf(one) })),
    ],
    failures: done.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`)),
    lists: [{ heading: 'Skipped there:', items: [...new Set(done.flatMap(({ skipped }) => skipped))] }],
  };
});
