#!/usr/bin/env node
// Builds the library both ways and runs the tests against each build, in IPC namespaces of their own.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inOwnNamespace, ownNamespaceEnvironment, requireNamespaces } from '../tools/harness/namespace.mjs';

const HELP = `Usage: npm test -- [--build node-gyp|cmake-js] [--no-build] [jest options and test file patterns]

Builds the library, then runs the tests against node-gyp's build and cmake-js's, or against the one that is named.
With --no-build it takes what is built already.
The tests run in IPC namespaces of their own: they need root, or a kernel that lets users make user namespaces.`;

const BUILDS = {
  'node-gyp': { directory: 'build', scripts: ['build:native'] },
  'cmake-js': { directory: 'build-cmake', scripts: ['build:cmake'] },
};

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(HELP);
  process.exit(0);
}
const asBuilt = args.indexOf('--no-build');
if (asBuilt >= 0) args.splice(asBuilt, 1);
const named = args.indexOf('--build');
const builds = named < 0 ? Object.keys(BUILDS) : args.splice(named, 2).slice(1);
if (!builds.every((name) => name in BUILDS)) {
  console.error(`${HELP}\n\nThere is no build ${builds}.`);
  process.exit(2);
}

requireNamespaces();

const scripts = asBuilt >= 0 ? [] : [...new Set([...builds.flatMap((name) => BUILDS[name].scripts), 'build:lib'])];
for (const script of scripts) {
  console.log(`npm run ${script}`);
  execFileSync('npm', ['run', '--silent', script], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

const results = mkdtempSync(join(tmpdir(), 'sysvmq-test-'));

function start(build, alone) {
  const resultFile = join(results, `${build}.json`);
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const jestArgs = [jest, '--runInBand', '--json', `--outputFile=${resultFile}`, ...args];
  const [command, ...prefix] = inOwnNamespace;
  const child = spawn(command, [...prefix, process.execPath, ...jestArgs], {
    cwd: root,
    // The first build's progress is shown as it comes; the other's output follows in one piece.
    stdio: ['ignore', 'ignore', alone ? 'inherit' : 'pipe'],
    env: { ...process.env, ...ownNamespaceEnvironment, SYSVMQ_BUILD_DIR: BUILDS[build].directory },
  });
  let output = '';
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      let counts = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
      try {
        counts = JSON.parse(readFileSync(resultFile, 'utf8'));
      } catch {
        output += `\njest wrote no result (exit status ${code})\n`;
      }
      resolve({ build, code, output, counts });
    });
  });
}

console.log(`running the tests against the build of ${builds.join(' and of ')}`);
const ended = await Promise.all(builds.map((build, index) => start(build, index === 0)));
rmSync(results, { recursive: true });

let passed = 0;
let failed = 0;
let skipped = 0;
for (const { build, code, output, counts } of ended) {
  if (output !== '') process.stderr.write(`\n---- the build of ${build}\n${output}`);
  passed += counts.numPassedTests;
  failed += counts.numFailedTests;
  skipped += counts.numPendingTests;
  console.log(
    `${build}: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped (exit status ${code})`,
  );
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(ended.every(({ code }) => code === 0) ? 0 : 1);
