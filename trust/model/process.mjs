// The process under test: random sequences of calls against the model, as model.mjs tells it.
import { createRequire } from 'node:module';
import { progress } from '../../tools/harness/progress.mjs';
import { officerOfParent, reportToParent, settingsOfParent } from './officer.mjs';

const RUNS_OF_A_BATCH = 50;
const COMMANDS_OF_A_RUN = 100;
const MAX_FAILURES = 3;

const { minutes, seed: firstSeed, path, replayPath, shrinks, hasOfficer } = await settingsOfParent();

const require = createRequire(import.meta.url);
require('../typescript.cjs');
const fc = require('fast-check');
const { modelProperty } = require('./commands.ts');
const library = require('../../dist/index.js');

const officer = hasOfficer ? officerOfParent() : undefined;
const tally = { runs: 0, steps: 0, calls: {} };
const failures = [];

function noteFailure({ seed, counterexamplePath, counterexample, errorInstance }) {
  const error = String(errorInstance?.message ?? errorInstance);
  const again = `node trust/model.mjs --seed ${seed} --path ${counterexamplePath}`;
  failures.push({ seed, path: counterexamplePath, commands: String(counterexample?.[0]), error });
  console.error(`failed: ${again}\n${counterexample?.[0]}\n${error}`);
}

async function check(seed, parameters) {
  const property = modelProperty(library, tally, { maxCommands: COMMANDS_OF_A_RUN, replayPath, officer });
  const details = await fc.check(property, { seed, unbiased: true, endOnFailure: !shrinks, ...parameters });
  if (details.failed) noteFailure(details);
}

if (path !== undefined) {
  await check(firstSeed, { path });
} else {
  const until = performance.now() + minutes * 60_000;
  for (let seed = firstSeed; performance.now() < until && failures.length < MAX_FAILURES; seed++) {
    await check(seed, { numRuns: RUNS_OF_A_BATCH });
    progress(`${tally.runs} sequences, ${tally.steps} steps, ${failures.length} failures`);
  }
}
reportToParent({ tally, failures });
