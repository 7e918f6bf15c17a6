#!/usr/bin/env node
// Random bytes at everything that reads bytes, for as long as one likes.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { inOwnNamespace, ownNamespaceEnvironment, requireNamespaces } from '../scripts/namespace.mjs';
import { progress, readOptions, writeResult } from './part.mjs';

const HELP = `Usage: node trust/codecs.mjs [--minutes N] [--seed N] [--json FILE]

Sends random bytes, and encodings of values with a few bytes changed, through real queues to every codec (utf8, json,
structured, php with its options), and to the readers of message lines and of the headers of requests and replies. Each
must be a value or an error that has the message whole, and the process must live. Default: 1 minute, and a random seed,
which is printed; a seed makes the same bytes again. Takes npm run build first, and an IPC namespace, which it makes.`;

const RUNS_OF_A_BATCH = 500;

const options = readOptions(HELP);

if (process.env.SYSVMQ_TEST_NAMESPACE !== 'own') {
  requireNamespaces();
  const [command, ...prefix] = inOwnNamespace;
  const self = [process.execPath, fileURLToPath(import.meta.url), '--seed', String(options.seed)];
  const args = [...prefix, ...self, ...process.argv.slice(2)];
  const env = { ...process.env, ...ownNamespaceEnvironment };
  const { status, signal } = spawnSync(command, args, { stdio: 'inherit', env });
  if (signal !== null) console.error(`the process was ended by ${signal}, with --seed ${options.seed}`);
  process.exit(status ?? 1);
}

const require = createRequire(import.meta.url);
require('./typescript.cjs');
const fc = require('fast-check');
const { byteProperties } = require('./codecs/any-bytes-arrive.ts');
const parts = { library: require('../dist/index.js'), wire: require('../dist/request-reply/wire.js') };

const tallies = new Map();
const failures = [];
const begun = performance.now();
const seconds = () => Math.round((performance.now() - begun) / 1000);
const sum = (what) => [...tallies.values()].reduce((total, tally) => total + tally[what], 0);
const words = () => `${seconds()} s: ${sum('values')} values, ${sum('refused')} refused, ${failures.length} failures`;
const tell = progress(words);

console.log(`seed ${options.seed}`);
for (let seed = options.seed; seconds() < options.minutes * 60 && failures.length < 3; seed++) {
  for (const [name, property] of byteProperties(parts, tallies)) {
    const details = fc.check(property, { seed, numRuns: RUNS_OF_A_BATCH });
    if (!details.failed) continue;
    const bytes = details.counterexample.flat(2).map((one) => Buffer.from(one).toString('base64'));
    failures.push({ name, seed, path: details.counterexamplePath, bytes, error: String(details.errorInstance) });
    console.error(failures.at(-1));
  }
  tell();
}
console.log(words());
const command = `node trust/codecs.mjs --minutes ${options.minutes} --seed ${options.seed}`;
const read = Object.fromEntries(tallies);
writeResult('codecs', options.json, { command, seed: options.seed, seconds: seconds(), read, failures });
process.exit(failures.length === 0 ? 0 : 1);
