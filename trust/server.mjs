#!/usr/bin/env node
// Random and damaged messages at a live server and client of requests, for as long as one likes.
import { createRequire } from 'node:module';
import { progress } from '../tools/harness/progress.mjs';
import { runPart } from './harness/part.mjs';

const RUNS_OF_A_BATCH = 10;
const MAX_FAILURES = 3;

const part = {
  name: 'server',
  title: 'random and damaged messages at a live RequestServer and RequestClient',
  does: `Sends a RequestServer and a RequestClient what they should not get (random bytes, damaged headers, requests whose replies go
nowhere, replies that nobody has asked for, floods of empty messages) while honest requests are asked: each of these is
handled once and answered once, and the counts of both say what was refused. Takes npm run build first.`,
  minutes: 1,
};

const require = createRequire(import.meta.url);
require('./typescript.cjs');
const fc = require('fast-check');
const { emptyTally, serverProperty } = require('./server/under-attack.ts');

const NAMES = {
  runs: 'servers and clients',
  honest: 'honest requests, each handled once and answered once',
  attacks: 'messages that nobody should send',
  malformed: 'refused by the server: no request',
  expired: 'refused: its time was up',
  failed: 'refused: its data did not decode',
  undeliverable: 'replies that could not be delivered',
  stray: 'refused by the client: no reply of its own',
  late: 'replies to requests that had been canceled',
};

function failureOf({ seed, counterexamplePath: path, counterexample: [{ attacks, ...settings }], errorInstance }) {
  const words = attacks.map((attack) => `${attack.to}: ${attack.words}`);
  return { seed, path, settings, attacks: words, error: `--seed ${seed}: ${errorInstance?.message}` };
}

await runPart(part, async ({ minutes, seed: firstSeed }) => {
  const library = require('../dist/index.js');
  const tally = emptyTally();
  const failures = [];
  const until = performance.now() + minutes * 60_000;
  for (let seed = firstSeed; performance.now() < until && failures.length < MAX_FAILURES; seed++) {
    const details = await fc.check(serverProperty(library, tally), { seed, numRuns: RUNS_OF_A_BATCH });
    if (details.failed) failures.push(failureOf(details));
    progress(`${tally.honest} honest requests, ${tally.attacks} messages, ${failures.length} failures`);
  }
  return { figures: Object.entries(NAMES).map(([key, name]) => ({ name, value: tally[key] })), failures };
});
