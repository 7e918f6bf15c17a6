#!/usr/bin/env node
// Runs every check of the sources that needs no build of its own, as many side by side as there are processors. All of them
// run, though one has failed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { flag, readArguments } from '../tools/harness/arguments.mjs';
import { root } from '../tools/harness/places.mjs';
import { sideBySide } from '../tools/harness/side-by-side.mjs';

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

/** Runs a command: why it failed, or undefined, and what it printed. */
function run({ program, args, debianPackage }) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk) => {
      output += chunk;
    });
  return new Promise((resolve) => {
    child.once('error', ({ code, message }) => {
      const remedy = debianPackage === undefined ? 'run npm ci' : `install the Debian package ${debianPackage}`;
      resolve({ failure: code === 'ENOENT' ? `there is no ${program}: ${remedy}` : message, output });
    });
    child.once('close', (status, signal) => {
      // clang-tidy counts here what it has found in the headers of others and does not show.
      const shown = output.replace(/^\d+ warnings? generated\.\n/gm, '');
      resolve({ failure: status === 0 ? undefined : `${program} ended with ${status ?? signal}`, output: shown });
    });
  });
}

const command = (program, args, debianPackage) => ({ program, args, debianPackage });
const nodeTool = (name, ...args) => [command(`node_modules/.bin/${name}`, args)];

function clangFormat() {
  const programs = [
    ...sources('test/peers', ['.c']),
    ...sources('examples', ['.c']),
    ...sources('bench/c', ['.h', '.c']),
  ];
  const files = [...sources('native', ['.h', '.cc']), ...sources('trust/fuzz', ['.h', '.cc']), ...programs];
  return [command('clang-format', [...(fix ? ['-i'] : ['--dry-run', '--Werror']), ...files], 'clang-format')];
}

/** One for each file: they are most of the time. */
function clangTidy() {
  if (!existsSync(join(root, COMPILE_COMMANDS))) return [];
  const files = [...sources('native/core', ['.cc']), ...sources('native/binding', ['.cc'])];
  return files.map((file) => command('clang-tidy', ['-p', dirname(COMPILE_COMMANDS), '--quiet', file], 'clang-tidy'));
}

const steps = {
  biome: nodeTool('biome', 'check', ...(fix ? ['--write'] : [])),
  tsc: nodeTool('tsc', '-p', 'tsconfig.json'),
  // The checks of npm run docs, without its pages.
  typedoc: nodeTool('typedoc', '--emit', 'none', '--logLevel', 'Warn'),
  words: [command(process.execPath, ['scripts/prose.mjs'])],
  'clang-format': clangFormat(),
  'clang-tidy': clangTidy(),
};

const results = Object.fromEntries(Object.keys(steps).map((name) => [name, []]));

function report(name) {
  console.log(`== ${name}`);
  process.stdout.write(results[name].map(({ output }) => output).join(''));
}

const tasks = Object.entries(steps).flatMap(([name, commands]) => commands.map((one) => ({ name, ...one })));
const runTask = async ({ name, ...one }) => {
  results[name].push(await run(one));
  if (results[name].length === steps[name].length) report(name);
};
// With --fix one step writes what others read.
await sideBySide(tasks, runTask, fix ? 1 : undefined);
const failures = Object.entries(results).flatMap(([name, done]) => {
  const why = new Set(done.map(({ failure }) => failure).filter(Boolean));
  return [...why].map((failure) => `${name}: ${failure}`);
});
if (!existsSync(join(root, COMPILE_COMMANDS)))
  failures.push(`clang-tidy: there is no ${COMPILE_COMMANDS}: run npm run build:cmake`);
console.log(failures.length === 0 ? 'Nothing to report.' : failures.join('\n'));
process.exitCode = failures.length === 0 ? 0 : 1;
