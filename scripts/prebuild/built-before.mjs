// Binaries that were built before from the same: the tests of the binaries build each, and npm pack takes what they built.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = join(root, 'node_modules/.cache/sysvmq/prebuilds');
const require = createRequire(import.meta.url);

function filesBelow(path) {
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.sort();
}

const SOURCES = ['native/core', 'native/binding', 'scripts/prebuild'];
const FILES = [
  ...['native/sources.txt', 'native/exports.map', 'native/node-addon-api.js'],
  ...['binding.gyp', 'package.json', 'scripts/prebuild.mjs'],
];

/** Where the binary for a processor is, or must be: the name says what it is made of. */
function placeOf(arch, { prefix }) {
  const hash = createHash('sha256');
  for (const path of [...SOURCES.flatMap(filesBelow), ...FILES.map((name) => join(root, name))])
    hash.update(`${path}\n`).update(readFileSync(path));
  const compiler = (...args) => execFileSync(`${prefix}g++`, args, { encoding: 'utf8' });
  hash.update(compiler('--version')).update(readFileSync(compiler('-print-file-name=libc.so.6').trim()));
  for (const tool of ['node-addon-api', 'node-gyp']) hash.update(readFileSync(require.resolve(`${tool}/package.json`)));
  // The headers are those of this Node.js.
  hash.update(`${process.version} ${process.env.CPPFLAGS ?? ''} ${process.env.CFLAGS ?? ''}`);
  return join(folder, `linux-${arch}`, `${hash.digest('hex').slice(0, 16)}.node`);
}

/** The binary for a processor, or undefined if it has not been built from the same. */
export function builtBefore(arch, processor) {
  const place = placeOf(arch, processor);
  return existsSync(place) ? place : undefined;
}

/** Keeps a binary for the next time, in place of those that were built from something else. */
export function keepBuilt(path, arch, processor) {
  const place = placeOf(arch, processor);
  mkdirSync(dirname(place), { recursive: true });
  const part = `${place}-${process.pid}`;
  copyFileSync(path, part);
  renameSync(part, place);
  // Not what another process is about to rename.
  for (const name of readdirSync(dirname(place)))
    if (name.endsWith('.node') && name !== basename(place)) rmSync(join(dirname(place), name), { force: true });
}
