#!/usr/bin/env node
// Builds the addon that the package carries, for each architecture: prebuilds/linux-<arch>/sysvmq.node.
//
// binding.gyp says how to compile and link. This adds an older libc to link against: a library of the same
// name, without code, that offers each function at the version which glibc 2.17 had. A binary that is linked against
// the real one would ask for the newest version of each, and not load on systems older than the one that built it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, refuse, text } from '../tools/harness/arguments.mjs';
import { builtBefore, keepBuilt } from './prebuild/built-before.mjs';
import { compareVersions, describeAddon } from './prebuild/elf.mjs';
import { compilerPackage, MAX_BYTES, PROCESSORS } from './prebuild/processors.cjs';
import { writeStubLibc } from './prebuild/stub-libc.mjs';

const HELP = `Usage: npm run build:prebuilds -- [--arch ${Object.keys(PROCESSORS).join('|')}] [--out FOLDER] [--anew all|ARCH,…]

Builds prebuilds/linux-<arch>/sysvmq.node for each architecture, or for the one that is named, and checks what came out:
no library but libc, no symbol newer than its glibc (${Object.entries(PROCESSORS)
  .map(([arch, { glibc }]) => `${arch} ${glibc}`)
  .join(', ')}), at most ${MAX_BYTES} bytes. Needs what node-gyp needs
(make, python3) and the Debian packages ${Object.keys(PROCESSORS).map(compilerPackage).join(', ')}.
A binary that it built before from the same sources with the same compiler is taken from node_modules/.cache, but for those
that --anew names.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function parseArguments() {
  const { arch, out = join(root, 'prebuilds'), anew } = readArguments(HELP, { arch: text, out: text, anew: text });
  const all = Object.keys(PROCESSORS);
  const architectures = arch === undefined ? all : [arch];
  const renewed = anew === 'all' ? all : (anew?.split(',') ?? []);
  const unknown = [...architectures, ...renewed].find((name) => !all.includes(name));
  if (unknown !== undefined) refuse(`There is no processor "${unknown}".`, HELP);
  return { architectures, out, renewed };
}

function requireCompiler(arch) {
  const { prefix } = PROCESSORS[arch];
  try {
    execFileSync(`${prefix}g++`, ['--version'], { stdio: 'ignore' });
  } catch {
    console.error(`There is no ${prefix}g++: install the Debian package ${compilerPackage(arch)}.`);
    process.exit(1);
  }
}

/** A copy of the sources, so that the build/ of the checkout is left alone. */
function copySources() {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-prebuild-'));
  for (const name of ['binding.gyp', 'native', 'package.json'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function compile(folder, arch) {
  const { prefix, glibc, flags } = PROCESSORS[arch];
  const stubFolder = join(folder, 'stub');
  mkdirSync(stubFolder);
  writeStubLibc(stubFolder, prefix, glibc);
  const environment = {
    ...process.env,
    CC: `${prefix}gcc`,
    CXX: `${prefix}g++`,
    LINK: `${prefix}g++`,
    AR: `${prefix}ar`,
    CXXFLAGS: flags ?? '',
    // The folder comes before the system's, so that -lc finds the stub. The id would be all that tells two builds apart.
    LDFLAGS: `-L${stubFolder} -Wl,--build-id=none -static-libgcc`,
  };
  const stdio = ['ignore', 'pipe', 'inherit'];
  for (const step of ['configure', 'build']) {
    try {
      // Through npm, which passes on its settings, such as where the headers of Node.js are.
      const args = [
        'exec',
        '--no',
        '--',
        'node-gyp',
        step,
        `--arch=${arch}`,
        '--loglevel=error',
        `--jobs=${availableParallelism()}`,
      ];
      execFileSync('npm', args, { cwd: folder, env: environment, stdio });
    } catch (error) {
      console.error(String(error.stdout ?? ''));
      throw new Error(`node-gyp ${step} failed for ${arch}`);
    }
  }
  return join(folder, 'build/Release/sysvmq.node');
}

function check(path, arch) {
  const { glibc, maxBytes = MAX_BYTES } = PROCESSORS[arch];
  const { architecture, needed, newestGlibc, unversioned } = describeAddon(path);
  const bytes = statSync(path).size;
  const complaints = [
    architecture !== arch && `it is for ${architecture}`,
    needed.join() !== 'libc.so.6' && `it needs ${needed.join(', ') || 'no library'}`,
    newestGlibc !== 'none' && compareVersions(newestGlibc, glibc) > 0 && `it asks for glibc ${newestGlibc}`,
    unversioned.length > 0 && `glibc ${glibc} had no ${unversioned.join(', ')}`,
    bytes > maxBytes && `it has ${bytes} bytes, and ${maxBytes} are allowed`,
  ].filter(Boolean);
  if (complaints.length > 0) throw new Error(`linux-${arch}: ${complaints.join('; ')}`);
  return { bytes, newestGlibc };
}

/** Builds the binary for a processor, checks it, and gives it to `use`. */
function build(arch, use) {
  const folder = copySources();
  try {
    const path = compile(folder, arch);
    use(path, check(path, arch));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function install(path, arch, { bytes, newestGlibc }) {
  const target = join(out, `linux-${arch}`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(path, join(target, 'sysvmq.node'));
  console.log(`linux-${arch}: ${bytes} bytes, needs libc only, glibc ${newestGlibc} or later`);
}

const { architectures, out, renewed } = parseArguments();
for (const arch of architectures) {
  requireCompiler(arch);
  try {
    const isNew = renewed.includes(arch);
    const before = isNew ? undefined : builtBefore(arch, PROCESSORS[arch]);
    if (before !== undefined) install(before, arch, check(before, arch));
    else
      build(arch, (path, found) => {
        install(path, arch, found);
        if (!isNew) keepBuilt(path, arch, PROCESSORS[arch]);
      });
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
