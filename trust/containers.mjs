#!/usr/bin/env node
// Podman's containers in a virtual machine, with the package installed in them.
import { join } from 'node:path';
import { packageTarball } from '../scripts/package/tarball.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { makeContainersDisk } from './containers/image.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { kernelOf, requirePrograms } from './machine/debian.mjs';
import { rootDisk } from './machine/disk.mjs';
import { buildFolder } from './machine/places.mjs';
import { runMachine } from './machine/virtual-machine.mjs';

const PROGRAMS = {
  'qemu-system-x86_64': 'qemu-system-x86',
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
};
const KERNEL = 'linux-image-6.12-cloud-amd64';
const MEMORY_MIB = 2048;
const LIMIT_MS = 120 * 60_000;
/** Longer than any command of a check may take. */
const SILENCE_MS = 20 * 60_000;

const part = {
  name: 'containers',
  title: 'the package in podman containers: shared namespaces, limits, seccomp, rootless',
  does: `Boots ${KERNEL} in a virtual machine of qemu's, which needs no KVM, with Debian, podman and crun; installs
the packed package in a container as a user does, and checks what docs/containers.md says. It takes the time it takes; the short
form has two of the checks. Takes root, apt, npm's registry, and the Debian packages ${[...new Set(Object.values(PROGRAMS))].join(', ')}.
What it downloads and makes it keeps in build-kernels/.`,
  minutes: leastMinutesOf('containers'),
  options: {
    tarball: { words: 'this package instead of packing one', kind: 'text' },
    only: { words: 'the checks whose name has this in it, after the installation', kind: 'text' },
  },
};

async function boot({ isShort, tarball, only = '' }) {
  requirePrograms(PROGRAMS);
  const kernel = kernelOf(KERNEL);
  progress('packing the package, making the disk');
  const disk = rootDisk(makeContainersDisk(kernel, tarball ?? packageTarball(buildFolder('package'))));
  const parameters = [...disk.parameters, 'init=/sbin/machine-init', `sysvmq.only=${encodeURIComponent(only)}`];
  if (isShort) parameters.push('sysvmq.short');
  const results = [];
  const onResult = (result) => {
    results.push(result);
    progress(JSON.stringify(result).slice(0, 150));
  };
  const log = join(buildFolder('logs'), 'containers.log');
  const settings = { architecture: 'x64', kernel, parameters, memoryMiB: MEMORY_MIB, devices: disk.devices };
  const why = await runMachine(settings, { log, onResult, limitMs: LIMIT_MS, silenceMs: SILENCE_MS });
  return { results, why };
}

await runPart(part, async ({ minutes, tarball, only }) => {
  let results = [];
  let why;
  try {
    ({ results, why } = await boot({ isShort: minutes < leastMinutesOf(part.name), tarball, only }));
  } catch (error) {
    why = error.message;
  }
  const machine = results.find(({ release }) => release !== undefined);
  const done = results.filter(({ ok }) => ok !== undefined);
  if (why === undefined && !results.some(({ ended }) => ended)) why = 'the machine ended before its checks';
  return {
    figures: [
      { name: 'checks passed', value: done.filter(({ ok }) => ok).length },
      ...(machine ? [{ name: 'machine', value: [machine.release, ...machine.versions].join(', ') }] : []),
      ...done
        .filter(({ ok }) => ok)
        .map(({ check, found, seconds }) => ({ name: check, value: `${found} (${seconds} s)` })),
    ],
    failures: [
      ...done.filter(({ ok }) => !ok).map(({ check, error }) => `${check}: ${error}`),
      ...(why === undefined ? [] : [why]),
    ],
  };
});
