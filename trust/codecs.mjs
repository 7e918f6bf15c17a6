#!/usr/bin/env node
// Random bytes at everything that reads bytes, for as long as one likes.
import { createRequire } from 'node:module';
import { progress } from '../tools/harness/progress.mjs';
import { runPart } from './harness/part.mjs';

const RUNS_OF_A_BATCH = 500;
const MAX_FAILURES = 3;

const part = {
  name: 'codecs',
  title: 'random and damaged bytes at every codec and every reader of lines and headers',
  does: `Sends random bytes, and encodings of values with a few bytes changed, through real queues to every codec (utf8, json,
structured, php with its options), and to the readers of message lines and of the headers of requests and replies. Each
must be a value or an error that has the message whole, and the process must live. Takes npm run build first.`,
  minutes: 1,
};

const require = createRequire(import.meta.url);
require('./typescript.cjs');
const fc = require('fast-check');
const { byteProperties } = require('./codecs/any-bytes-arrive.ts');

function failureOf(name, seed, { counterexample, counterexamplePath: path, errorInstance }) {
  const bytes = counterexample.flat(2).map((one) => Buffer.from(one).toString('base64'));
  return { name, seed, path, bytes, error: `${name}: ${errorInstance}; --seed ${seed}, ${bytes}` };
}

await runPart(part, ({ minutes, seed: firstSeed }) => {
  const parts = { library: require('../dist/index.js'), wire: require('../dist/request-reply/wire.js') };
  const tallies = new Map();
  const failures = [];
  const until = performance.now() + minutes * 60_000;
  for (let seed = firstSeed; performance.now() < until && failures.length < MAX_FAILURES; seed++) {
    for (const [name, property] of byteProperties(parts, tallies)) {
      const details = fc.check(property, { seed, numRuns: RUNS_OF_A_BATCH });
      if (details.failed) failures.push(failureOf(name, seed, details));
    }
    progress(`${seed - firstSeed + 1} batches, ${failures.length} failures`);
  }
  const figures = [...tallies].map(([name, { values, refused }]) => ({
    name,
    value: `${values.toLocaleString('en')} values, ${refused.toLocaleString('en')} refused`,
  }));
  return { figures, failures };
});
