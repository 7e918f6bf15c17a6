// What is built before anything runs.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { root } from './places.mjs';

const FOR_ALL = ['package.json', 'package-lock.json'];
const FOR_ADDON = [...FOR_ALL, 'native/binding', 'native/core', 'native/sources.txt', 'native/exports.map'];

/** What scripts of package.json build from, and into. The first output holds the stamp. */
const PARTS = {
  'build:native': {
    inputs: [...FOR_ADDON, 'binding.gyp', 'native/node-addon-api.js'],
    outputs: ['build', 'build/Release/sysvmq.node'],
  },
  'build:cmake': {
    inputs: [...FOR_ADDON, 'CMakeLists.txt'],
    outputs: ['build-cmake', 'build-cmake/Release/sysvmq.node', 'build-cmake/compile_commands.json'],
  },
  'build:lib': {
    inputs: [
      ...[...FOR_ALL, 'lib', 'types', 'tsconfig.json', 'tsconfig.build.json'],
      ...['scripts/build-lib.mjs', 'scripts/bundle.mjs', 'scripts/declarations.mjs'],
    ],
    outputs: ['build-types', 'dist'],
  },
};
const STAMP = '.built-from';

/** The absolute paths of the files at a path from the root: the file, or all below the folder. */
function filesAt(path) {
  const absolute = resolve(root, path);
  if (!existsSync(absolute)) return [];
  if (!statSync(absolute).isDirectory()) return [absolute];
  const entries = readdirSync(absolute, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

function digestOf(paths, contentOf) {
  const digest = createHash('sha256').update(process.version);
  for (const file of paths.flatMap(filesAt).sort()) digest.update(`${file}\0`).update(contentOf(file));
  return digest.digest('hex');
}

const sourcesOf = ({ inputs }) => digestOf(inputs, (file) => readFileSync(file));

/** Outputs are not read: a program that writes one changes its size or its time. */
function builtOf({ outputs: [, ...outputs] }) {
  return digestOf(outputs, (file) => {
    const { size, mtimeMs } = statSync(file);
    return `${size} ${mtimeMs}\0`;
  });
}

const stampOf = ({ outputs: [folder] }) => resolve(root, folder, STAMP);

/** Runs scripts of package.json quietly; what goes wrong is shown. */
export function npmRun(...scripts) {
  for (const script of scripts) {
    execFileSync('npm', ['run', '--silent', script], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/** Calls `build` if the sources, or what was built of them last, have changed since. */
export function ifChanged(part, build) {
  const stamp = stampOf(part);
  const sources = sourcesOf(part);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === `${sources} ${builtOf(part)}`) return;
  build();
  writeFileSync(stamp, `${sources} ${builtOf(part)}`);
}

/** Runs those scripts of package.json that have something to do. */
export function buildWhatChanged(...scripts) {
  for (const script of scripts) {
    ifChanged(PARTS[script], () => {
      console.log(`npm run ${script}`);
      npmRun(script);
    });
  }
}

/** The library, as its users get it. */
export function buildLibrary() {
  npmRun('build');
}
