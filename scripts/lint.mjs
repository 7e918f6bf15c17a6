#!/usr/bin/env node
// Runs every check of the sources that needs no build of its own. All of them run, though one has failed.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';

const HELP = `Usage: npm run lint -- [--fix]

Biome over everything it knows, TypeScript's types, typedoc over the public names (all documented, no dead link),
the house's terms and spelling over every page and the comments and messages of the sources (docs/style.md),
clang-format over the C and C++ sources, and clang-tidy over the addon. With --fix (npm run format) Biome and clang-format rewrite the files instead.
Needs the Debian packages clang-format and clang-tidy, and what npm run build:cmake leaves in build-cmake/.`;

const COMPILE_COMMANDS = 'build-cmake/compile_commands.json';

const { fix } = readArguments(HELP, { fix: flag });

/** The files below a folder, if there is one, whose names end in one of the extensions. */
function sources(folder, extensions) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .filter(
      (path) => extensions.some((extension) => path.endsWith(extension)) && !/node_modules|node-addon-api/.test(path),
    )
    .map((path) => join(folder, path))
    .sort();
}

/** Why a step failed, or undefined. */
function run(program, programArgs, debianPackage) {
  const stdio = ['ignore', 'inherit', 'pipe'];
  const { error, status, signal, stderr } = spawnSync(program, programArgs, { cwd: root, encoding: 'utf8', stdio });
  // clang-tidy counts here what it has found in the headers of others and does not show.
  process.stderr.write((stderr ?? '').replace(/^\d+ warnings? generated\.\n/gm, ''));
  if (error?.code === 'ENOENT') {
    return debianPackage === undefined
      ? `there is no ${program}: run npm ci`
      : `there is no ${program}: install the Debian package ${debianPackage}`;
  }
  if (error !== undefined) return error.message;
  return status === 0 ? undefined : `${program} ended with ${status ?? signal}`;
}

function checkFormat() {
  const programs = [
    ...sources('test/peers', ['.c']),
    ...sources('examples', ['.c']),
    ...sources('bench/c', ['.h', '.c']),
  ];
  const files = [...sources('native', ['.h', '.cc']), ...sources('trust/fuzz', ['.h', '.cc']), ...programs];
  return run('clang-format', [...(fix ? ['-i'] : ['--dry-run', '--Werror']), ...files], 'clang-format');
}

function checkAddon() {
  if (!existsSync(join(root, COMPILE_COMMANDS))) return `there is no ${COMPILE_COMMANDS}: run npm run build:cmake`;
  const files = [...sources('native/core', ['.cc']), ...sources('native/binding', ['.cc'])];
  return run('clang-tidy', ['-p', dirname(COMPILE_COMMANDS), '--quiet', ...files], 'clang-tidy');
}

const steps = {
  biome: () => run('node_modules/.bin/biome', ['check', ...(fix ? ['--write'] : [])]),
  tsc: () => run('node_modules/.bin/tsc', ['-p', 'tsconfig.json']),
  // The checks of npm run docs, without its pages.
  typedoc: () => run('node_modules/.bin/typedoc', ['--emit', 'none', '--logLevel', 'Warn']),
  words: () => run(process.execPath, ['scripts/prose.mjs']),
  'clang-format': checkFormat,
  'clang-tidy': checkAddon,
};

const failures = Object.entries(steps).flatMap(([name, step]) => {
  console.log(`== ${name}`);
  const failure = step();
  return failure === undefined ? [] : [`${name}: ${failure}`];
});
console.log(failures.length === 0 ? 'No findings.' : failures.join('\n'));
process.exit(failures.length === 0 ? 0 : 1);
