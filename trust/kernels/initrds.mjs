// What the machines boot with: Debian and the tests, or, for another processor, what the package takes there.

import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROCESSORS } from '../../scripts/prebuild/processors.cjs';
import { root } from '../../tools/harness/places.mjs';
import { debianRoot, unpackPackage, unpackRoot } from '../machine/debian.mjs';
import { addProject, archive, packagesOf } from '../machine/initrd.mjs';
import { buildFolder } from '../machine/places.mjs';
import { compile } from './compiled.mjs';

const ROOT_PACKAGES = ['procps', 'libcap2-bin', 'iproute2'];
const PATHS = ['package.json', 'jest.config.js', 'lib', 'test', 'types', 'dist', 'build/Release/sysvmq.node'];
const MORE_PATHS = ['scripts', 'trust', 'tools/harness', 'docs', 'examples', 'man', 'README.md', 'CHANGELOG.md'];
const PACKAGES = ['jest', 'fast-check', 'prom-client', 'commander', 'bindings'];

const init = join(root, 'trust/kernels/init');

/** Debian, then the project as it is now, for a machine of this processor: the file. */
export function testsInitrd() {
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
  const change = (project) => {
    for (const name of ['lib', 'test']) compile(join(project, name));
  };
  addProject(file, { init, paths: [...PATHS, ...MORE_PATHS], packages: packagesOf(PACKAGES), change });
  return file;
}

// node is linked against these.
const LIBRARIES = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'libstdc++.so.6', 'libgcc_s.so.1'];
const LOADERS = { arm64: 'ld-linux-aarch64.so.1' };
/** The programs of trust/kernels/init. */
const APPLETS = ['sh', 'mount', 'mkdir', 'ln', 'ip', 'sleep'];

function nodeFor(architecture) {
  const folder = buildFolder('node', architecture);
  const node = join(folder, `node_modules/node-linux-${architecture}/bin/node`);
  // Forced, because it is for another processor.
  const args = ['install', '--force', '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!existsSync(node))
    execFileSync('npm', [...args, '--prefix', folder, `node-linux-${architecture}@24`], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  return node;
}

/** The package as it is installed, with the binary for that processor. */
function installPackage(folder, architecture) {
  const installed = join(folder, 'sysvmq/node_modules/sysvmq');
  mkdirSync(installed, { recursive: true });
  for (const path of ['package.json', 'dist']) cpSync(join(root, path), join(installed, path), { recursive: true });
  const script = join(root, 'scripts/prebuild.mjs');
  execFileSync(process.execPath, [script, '--arch', architecture, '--out', join(installed, 'prebuilds')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** Busybox, the libraries that node takes, the installed package and test/smoke, for a machine of another processor: the file. */
export function smokeInitrd(architecture) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-smoke-initrd-'));
  // This folder becomes the machine's /.
  chmodSync(folder, 0o755);
  try {
    for (const name of ['bin', 'lib', 'proc', 'sys', 'dev', 'tmp']) mkdirSync(join(folder, name));
    cpSync(join(unpackPackage('busybox-static', architecture), 'bin/busybox'), join(folder, 'bin/busybox'));
    for (const name of APPLETS) symlinkSync('busybox', join(folder, 'bin', name));
    for (const name of [LOADERS[architecture], ...LIBRARIES])
      copyFileSync(join(PROCESSORS[architecture].libraries, 'lib', name), join(folder, 'lib', name));
    chmodSync(join(folder, 'lib', LOADERS[architecture]), 0o755);
    installPackage(folder, architecture);
    const file = join(buildFolder('initrds'), `${architecture}.cpio`);
    archive(folder, file);
    const paths = ['test/smoke', 'trust/kernels', 'trust/machine', 'tools/harness'];
    addProject(file, { init, paths, packages: packagesOf(['bindings', 'commander']), node: nodeFor(architecture) });
    return file;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
