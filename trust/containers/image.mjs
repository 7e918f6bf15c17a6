// The disk of the machine in which containers run: Debian with podman, and in it the root of the containers.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { debianRoot, unpackRoot } from '../machine/debian.mjs';
import { makeDisk } from '../machine/disk.mjs';
import { buildFolder } from '../machine/places.mjs';
import { WORKER, WORKER_HOME } from './guest-user.mjs';

const GIBIBYTES = 4;
const PODMAN = ['podman', 'crun', 'uidmap', 'slirp4netns', 'fuse-overlayfs', 'golang-github-containers-common'];
const MACHINE_PACKAGES = [...PODMAN, 'netavark', 'catatonit', 'iproute2', 'procps', 'kmod', 'libcap2-bin'];

function copyNode(folder) {
  cpSync(process.execPath, join(folder, 'usr/local/bin/node'));
  const npm = join(
    dirname(realpathSync(execFileSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).trim())),
    '..',
  );
  const modules = join(folder, 'usr/local/lib/node_modules');
  mkdirSync(modules, { recursive: true });
  cpSync(npm, join(modules, 'npm'), { recursive: true });
  execFileSync('ln', ['-sf', '../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm')]);
}

/** A folder with the tarball, and what npm needs to install it where there is no network. */
function packPackage(tarball, folder) {
  mkdirSync(folder, { recursive: true });
  cpSync(tarball, join(folder, 'sysvmq.tgz'));
  const trial = join(buildFolder('package'), 'trial');
  rmSync(trial, { recursive: true, force: true });
  mkdirSync(trial);
  writeFileSync(join(trial, 'package.json'), '{ "private": true }');
  const cache = [
    '--cache',
    join(folder, 'npm-cache'),
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ];
  execFileSync('npm', ['install', ...cache, tarball], { cwd: trial, stdio: ['ignore', 'ignore', 'inherit'] });
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  writeFileSync(
    join(folder, 'npmrc'),
    `registry=${registry}\noffline=true\naudit=false\nfund=false\nupdate-notifier=false\n`,
  );
  rmSync(join(folder, 'npm-cache/_logs'), { recursive: true, force: true });
}

function addUser(folder) {
  appendFileSync(join(folder, 'etc/passwd'), `worker:x:${WORKER}:${WORKER}::${WORKER_HOME}:/bin/sh\n`);
  appendFileSync(join(folder, 'etc/group'), `worker:x:${WORKER}:\n`);
  for (const file of ['etc/subuid', 'etc/subgid']) writeFileSync(join(folder, file), 'worker:100000:65536\n');
  mkdirSync(join(folder, WORKER_HOME, 'app/programs'), { recursive: true });
  // Its own: what belongs to root is nobody's in its user namespace.
  execFileSync('cp', ['-a', join(folder, 'container'), join(folder, WORKER_HOME, 'container')]);
}

/** The root of the containers is the machine's own, as it was installed: links, because they only read it. */
function makeContainerRoot(folder) {
  const container = join(folder, 'container');
  mkdirSync(container);
  for (const name of ['bin', 'etc', 'lib', 'lib64', 'root', 'sbin', 'usr', 'var'])
    execFileSync('cp', ['-al', join(folder, name), container]);
  for (const name of ['app', 'dev', 'home', 'package', 'proc', 'run', 'sys', 'tmp']) mkdirSync(join(container, name));
  chmodSync(join(container, 'tmp'), 0o1777);
  execFileSync('ln', ['-sf', '/proc/self/mounts', join(container, 'etc/mtab')]);
}

/** Makes the disk; gives its file. */
export function makeContainersDisk(kernel, tarball) {
  const folder = join(buildFolder('roots'), 'containers');
  unpackRoot(debianRoot('containers', MACHINE_PACKAGES), folder);
  copyNode(folder);
  makeContainerRoot(folder);
  cpSync(kernel.modules, join(folder, 'lib/modules', kernel.release), { recursive: true });
  execFileSync('chroot', [folder, 'depmod', kernel.release]);
  packPackage(tarball, join(folder, 'package'));
  addUser(folder);
  for (const path of ['trust/containers', 'trust/machine', 'tools/harness/places.mjs'])
    cpSync(join(root, path), join(folder, 'sysvmq', path), { recursive: true });
  cpSync(join(root, 'trust/containers/init'), join(folder, 'sbin/machine-init'));
  chmodSync(join(folder, 'sbin/machine-init'), 0o755);
  execFileSync('chown', ['-R', `${WORKER}:${WORKER}`, join(folder, WORKER_HOME)]);
  const file = join(buildFolder('disks'), 'containers.ext4');
  makeDisk(folder, file, GIBIBYTES);
  rmSync(folder, { recursive: true });
  return file;
}
