#!/usr/bin/env node
// Random sequences of calls of the public API against a model of a queue, for as long as one likes.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { inOwnNamespace, ownNamespaceEnvironment, requireNamespaces } from '../scripts/namespace.mjs';
import { mayHaveOfficer, officerOfParent, runWithOfficer } from './model/officer.mjs';
import { progress, readOptions, writeResult } from './part.mjs';

const HELP = `Usage: node trust/model.mjs [--minutes N] [--seed N] [--path PATH] [--replay-path PATH] [--json FILE]

Makes random sequences of calls of MessageQueue (three handles of one queue; sends and receives of all forms, which wait,
are given up, time out; limits, closing, removal) against dist/, and compares each with a model of a queue. The process has
no CAP_IPC_OWNER and no CAP_SYS_ADMIN, and the queues are another user's: mode, owner and group change, by its own calls and
by those of another process, and the model says what is refused. That takes root; other users have the rest.
Default: 1 minute, and a random seed, which is printed. The same seed makes the same sequences in the same order.

A failure is shrunk and printed with its seed, path and replay path: with these three, that sequence alone is run again.
Takes npm run build first, and an IPC namespace of its own, which it makes.`;

const RUNS_OF_A_BATCH = 50;
const COMMANDS_OF_A_RUN = 100;

const text = { type: 'string' };
const options = readOptions(HELP, {
  path: text,
  'replay-path': text,
  'no-shrink': { type: 'boolean', default: false },
});

if (process.env.SYSVMQ_TEST_NAMESPACE !== 'own') {
  requireNamespaces();
  const [command, ...prefix] = inOwnNamespace;
  const self = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const env = { ...process.env, ...ownNamespaceEnvironment };
  process.exit(spawnSync(command, [...prefix, ...self], { stdio: 'inherit', env }).status ?? 1);
}

const require = createRequire(import.meta.url);
const library = require('../dist/index.js');
const officer = officerOfParent();
if (officer === undefined && mayHaveOfficer()) {
  const seed = ['--seed', String(options.seed)];
  const self = [process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2), ...seed];
  process.exit(await runWithOfficer(library, self));
}

require('./typescript.cjs');
const fc = require('fast-check');
const { modelProperty } = require('./model/commands.ts');

const tally = { runs: 0, steps: 0, calls: {} };
const failures = [];

function noteFailure({ seed, counterexamplePath: path, counterexample, errorInstance }) {
  const commands = String(counterexample?.[0]);
  const failure = { seed, path, commands, error: String(errorInstance?.message ?? errorInstance) };
  failures.push(failure);
  console.error(`failed with --seed ${seed} --path ${path}\n${commands}\n${failure.error}`);
}

async function check(seed, parameters) {
  const replayPath = options['replay-path'];
  const property = modelProperty(library, tally, { maxCommands: COMMANDS_OF_A_RUN, replayPath, officer });
  const endOnFailure = options['no-shrink'];
  const details = await fc.check(property, { seed, unbiased: true, endOnFailure, ...parameters });
  if (details.failed) noteFailure(details);
}

const begun = performance.now();
const seconds = () => Math.round((performance.now() - begun) / 1000);
const tell = progress(
  () => `${seconds()} s: ${tally.runs} sequences, ${tally.steps} steps, ${failures.length} failures`,
);
console.log(`seed ${options.seed}${officer === undefined ? ', without permissions: they take root' : ''}`);
if (options.path !== undefined) {
  await check(options.seed, { path: options.path });
} else {
  for (let seed = options.seed; seconds() < options.minutes * 60 && failures.length < 3; seed++) {
    await check(seed, { numRuns: RUNS_OF_A_BATCH });
    tell();
  }
}
console.log(`${tally.runs} sequences of calls, ${tally.steps} steps, ${failures.length} failures, in ${seconds()} s`);
const command = `node trust/model.mjs --minutes ${options.minutes} --seed ${options.seed}`;
if (options.path === undefined) {
  writeResult('model', options.json, { command, seed: options.seed, seconds: seconds(), ...tally, failures });
}
process.exit(failures.length === 0 ? 0 : 1);
