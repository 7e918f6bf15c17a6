#!/usr/bin/env node
// Debian's kernels, each in a virtual machine, with the tests of what the library has from the kernel.
import { chmodSync, copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { plannedFiles } from './kernels/plan.mjs';
import { debianRoot, kernelOf, requirePrograms, unpackRoot } from './machine/debian.mjs';
import { addProject, archive, packagesOf } from './machine/initrd.mjs';
import { buildFolder } from './machine/places.mjs';
import { runMachine } from './machine/virtual-machine.mjs';

const PROGRAMS = { 'qemu-system-x86_64': 'qemu-system-x86', mmdebstrap: 'mmdebstrap', cpio: 'cpio' };

/** The kernels: Debian's packages, and what they are booted with. */
const MACHINES = [
  { kernel: 'linux-image-cloud-amd64' },
  { kernel: 'linux-image-rt-amd64' },
  { kernel: 'linux-image-6.12-cloud-amd64' },
  { kernel: 'linux-image-6.12-rt-amd64' },
  { kernel: 'linux-image-6.12-cloud-amd64', parameter: 'ipcmni_extend' },
];

const ROOT_PACKAGES = ['procps', 'libcap2-bin', 'iproute2'];
const PATHS = ['package.json', 'jest.config.js', 'lib', 'test', 'types', 'dist', 'build/Release/sysvmq.node'];
const MORE_PATHS = ['scripts', 'trust', 'tools/harness', 'docs', 'examples', 'man', 'README.md', 'CHANGELOG.md'];
const PACKAGES = ['jest', '@swc/jest', '@swc/core', 'fast-check', 'prom-client', 'commander', 'bindings'];

const MEMORY_MIB = 3072;
// A test may make 40,000 queues, on a processor that others need, too.
const SILENCE_MS = 30 * 60_000;
/** Beyond its time, for its start and for the file that it is at. */
const GRACE_SECONDS = 15 * 60;

const part = {
  name: 'kernels',
  title: "the tests of the kernel's facts, of waiting and of conformance under Debian's kernels",
  does: `Boots Debian's 6.1 and 6.12, each with PREEMPT_RT and without, in virtual machines of qemu's, which need no KVM, with node,
the library as it is built, and its tests; 6.12 once more with ipcmni_extend. Root has CAP_SYS_RESOURCE there. Each machine runs test/kernel,
test/waiting and test/conformance: first the files that depend on the kernel most, then the others in an order that the seed
makes, as far as its share of the minutes goes. The short form boots one and runs two files.
Takes npm run build first, root, apt, and the Debian packages ${[...new Set(Object.values(PROGRAMS))].join(', ')}. What it downloads and makes it
keeps in build-kernels/.`,
  minutes: leastMinutesOf('kernels'),
  options: { only: { words: 'the machines whose name has this in it', kind: 'text' } },
};

const nameOf = ({ kernel, parameter }) => [kernel, parameter].filter(Boolean).join(' with ');

/** The archive that all machines share: Debian, then the project as it is now. */
function makeInitrd() {
  const debian = join(buildFolder('initrds'), 'debian.cpio');
  if (!existsSync(debian)) {
    const folder = join(buildFolder('roots'), 'kernels');
    unpackRoot(debianRoot('kernels', ROOT_PACKAGES), folder);
    // The kernel unpacks all of it into memory.
    for (const path of ['usr/share', 'var/lib/dpkg', 'var/lib/apt', 'usr/lib/x86_64-linux-gnu/gconv', 'usr/lib/apt'])
      rmSync(join(folder, path), { recursive: true, force: true });
    archive(folder, debian);
    rmSync(folder, { recursive: true });
  }
  const file = join(buildFolder('initrds'), 'kernels.cpio');
  copyFileSync(debian, file);
  const init = join(root, 'trust/kernels/init');
  addProject(file, { init, paths: [...PATHS, ...MORE_PATHS], packages: packagesOf(PACKAGES) });
  return file;
}

/** The shared archive with a machine's plan. */
function withPlan(shared, plan) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-plan-'));
  try {
    const file = join(buildFolder('initrds'), 'machine.cpio');
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
    files: files.length,
    passed: files.reduce((sum, { passed }) => sum + passed, 0),
    skipped: files.flatMap(({ file, skipped }) => skipped.map((title) => `${file}: ${title}`)),
    notRun: planned.filter((file) => !started.includes(file)),
    failures,
  };
}

async function runOne(machine, shared, { seconds, isShort, seed }) {
  const name = nameOf(machine);
  const planned = plannedFiles({ extended: machine.parameter === 'ipcmni_extend', isShort, seed });
  const results = [];
  const began = Date.now();
  let why;
  try {
    const settings = {
      architecture: 'x64',
      kernel: kernelOf(machine.kernel),
      initrd: withPlan(shared, { files: planned, seconds }),
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

function wordsOf({ release, bootSeconds, files, passed, skipped, notRun, seconds }) {
  if (release === undefined) return 'did not boot';
  const counts = `${passed} tests passed and ${skipped.length} skipped in ${files} files`;
  return `${release}: ${counts} (${notRun.length} not run); /init after ${Math.round(bootSeconds)} s, ${seconds} s in all`;
}

await runPart(part, async ({ minutes, seed, only = '' }) => {
  const isShort = minutes < leastMinutesOf(part.name);
  const named = MACHINES.filter((machine) => nameOf(machine).includes(only));
  if (named.length === 0) return { figures: [], failures: [`there is no machine ${only}`] };
  const chosen = isShort ? named.slice(-1) : named;
  let shared;
  try {
    requirePrograms(PROGRAMS);
    shared = makeInitrd();
  } catch (error) {
    return { figures: [], failures: [error.message] };
  }
  const done = [];
  for (const machine of chosen)
    done.push(await runOne(machine, shared, { seconds: (minutes * 60) / chosen.length, isShort, seed }));
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
