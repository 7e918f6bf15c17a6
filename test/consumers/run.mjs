#!/usr/bin/env node
// Uses the packed package as its users do: module systems, TypeScript, bundlers, test runners, package managers.
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { packageTarball } from '../../scripts/package/tarball.mjs';
import { flag, readArguments, refuse, text } from '../../tools/harness/arguments.mjs';
import { sideBySide } from '../../tools/harness/side-by-side.mjs';
import { CHECKS } from './all-checks.mjs';
import { packageRoot } from './project.mjs';

const HELP = `Usage: npm run test:consumers -- [--only NAME] [--tarball FILE] [--json]

Installs the packed package into projects that use it in every way that ours do, as many side by side as there are
processors: ${Object.keys(CHECKS).join('; ')}.

  --only NAME      those whose names contain this
  --tarball FILE   uses this package instead of packing one
  --json           the results as JSON on stdout; progress goes to stderr`;

const options = { only: { ...text, default: '' }, tarball: text, json: flag };
const { only, json, tarball: given } = readArguments(HELP, options);
if (given !== undefined && !existsSync(given)) refuse(`There is no file "${given}".`, HELP);
const tarball = given === undefined ? undefined : resolve(given);
const chosen = Object.entries(CHECKS).filter(([name]) => name.toLowerCase().includes(only.toLowerCase()));
if (chosen.length === 0) refuse(`No name contains "${only}".`, HELP);
await import('./tools.mjs');
const workspace = join(packageRoot, 'build-matrix');
mkdirSync(workspace, { recursive: true });
const packed = tarball ?? packageTarball(workspace);

function report({ name, passed, seconds, failure }) {
  process.stderr.write(`${passed ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)\n`);
  if (!passed) process.stderr.write(`${failure.replaceAll(/^/gm, '    ')}\n`);
}

const newThread = () => new Worker(new URL('check-thread.mjs', import.meta.url), { workerData: { tarball: packed } });
const threads = Array.from({ length: Math.min(availableParallelism(), chosen.length) }, newThread);
const idle = [...threads];
const runCheck = async ([name]) => {
  const thread = idle.pop();
  thread.postMessage(name);
  const [result] = await once(thread, 'message');
  report(result);
  idle.push(thread);
  return result;
};
const results = await sideBySide(chosen, runCheck, threads.length);
for (const thread of threads) thread.postMessage(null);
await Promise.all(threads.map((thread) => once(thread, 'exit')));
const failed = results.filter(({ passed }) => !passed).length;
if (json) console.log(JSON.stringify({ passed: failed === 0, results }, null, 2));
else console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
