#!/usr/bin/env node
// Small mistakes in lib/, one at a time: does a test find each?
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { seeded } from '../tools/harness/random.cjs';
import { sideBySide } from '../tools/harness/side-by-side.mjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { makeChooser } from './mutation/choice.mjs';
import { dryRun, TESTS } from './mutation/dry-run.mjs';
import { runMutant, runMutants } from './mutation/kill.mjs';
import { makeMutants } from './mutation/mutants.mjs';
import { keptOutcomes } from './mutation/outcomes.mjs';
import { inOrder, takeTurns } from './mutation/sample.mjs';
import { figuresOf, survivorWords } from './mutation/score.mjs';

const SHORT = {
  tests: ['test/unit/sysctl-file', 'test/properties/selection'],
  files: '^lib/(messages/selector|kernel/sysctl-file)',
  mutants: 10,
};
const LONG = {
  tests: TESTS.map((name) => `test/${name}/`),
  files: '^lib/(?!cli/|bridge/)',
  mutants: Number.POSITIVE_INFINITY,
};
/** However long the tests took before. */
const MIN_MS = 180_000;

const part = {
  name: 'mutation',
  title: 'small mistakes in lib/, one at a time: does a test find each?',
  does: `Takes Stryker's mutants of lib/ (without lib/cli/ and lib/bridge/) in turn from all files, in a random order, each against the
tests that see it, for up to 10 s of tests, without slow ones. A mutant is killed if a test fails, or if the
tests do not end. The score is killed / (killed + survived), without those that trust/mutation/equivalent.json
says are no mistakes. They run in namespaces of their own (IPC and processes), in the copy build-mutation/, with a dist/ made
of the same mutants. The tests run without a mutant before: all of them if lib/ has changed, else those
that have. build-mutation/ keeps what became of the mutants: a later run goes on, and its figures are of all mutants judged so far.
The short form has ${SHORT.mutants} mutants of ${SHORT.files}.
Takes npm run build and npm ci --prefix trust/mutation first.`,
  minutes: leastMinutesOf('mutation'),
  options: {
    files: { words: 'mutants of files whose paths match this pattern, such as lib/cli', kind: 'text' },
    lanes: { words: 'how many mutants are judged side by side (default: one for each processor)' },
  },
};

/** Those that cannot be killed, because they change nothing that one could see. */
function equivalents() {
  const known = JSON.parse(readFileSync(join(root, 'trust/mutation/equivalent.json'), 'utf8'));
  const keys = new Set(known.map(({ path, source, was, becomes }) => JSON.stringify([path, source, was, becomes])));
  return ({ path, source, was, becomes }) => keys.has(JSON.stringify([path, source, was, becomes]));
}

const CHECK_EVERY = 50;
/** Mutants of a file that are judged together. */
const MOST_TOGETHER = 12;

/** Those of a file together, [[mutants]]: one group of each file, then another of each, and so on. */
function groupsOf(mutants) {
  const perPath = new Map();
  for (const mutant of inOrder(mutants)) {
    if (!perPath.has(mutant.path)) perPath.set(mutant.path, [[]]);
    const groups = perPath.get(mutant.path);
    if (groups.at(-1).length === MOST_TOGETHER) groups.push([]);
    groups.at(-1).push(mutant);
  }
  const all = [...perPath.values()].flatMap((groups) => groups.map((group, turn) => ({ group, turn })));
  return all.sort((a, b) => a.turn - b.turn).map(({ group }) => group);
}

/** The outcomes as they become known: { all(), settle(mutant, tests, outcome) }. */
function makeTally(total, kept) {
  const outcomes = new Map();
  const count = (became) => [...outcomes.values()].filter((outcome) => outcome.became === became).length;
  const note = (mutant, outcome) => outcomes.set(mutant.id, { ...outcome, ...mutant });
  const settle = (mutant, tests, outcome) => {
    kept.keep(mutant.id, tests, outcome);
    note(mutant, outcome);
    progress(`${outcomes.size} of ${total}: ${count('survived')} survived, ${count('not reached')} not reached`);
  };
  return { all: () => [...outcomes.values()], note, settle };
}

/** Judges those of a file together; those that have to be judged alone are fulfilled. */
async function judgeTogether(group, { choose, isLoaded }, settle) {
  const alone = new Map(group.map((mutant) => [mutant.id, mutant]));
  const onOutcome = (id, outcome) => {
    const mutant = alone.get(id);
    if (!outcome.isPartly) alone.delete(id);
    settle(mutant, choose(mutant), outcome);
  };
  for (const mutant of group) if (choose(mutant).chosen.length === 0) onOutcome(mutant.id, { became: 'not reached' });
  const together = [...alone.values()].filter(({ id }) => !isLoaded(id));
  await runMutants(
    together.map((mutant) => ({ id: mutant.id, tests: choose(mutant) })),
    onOutcome,
  );
  return [...alone.values()];
}

/** What is known of the mutants already, and what becomes of the others, in turn, until `end`. */
async function runSample(mutants, how, random, { most, end, atOnce, kept }) {
  const { choose } = how;
  const { all, note, settle } = makeTally(mutants.length, kept);
  const left = [];
  const alone = [];
  for (const mutant of takeTurns(mutants, random)) {
    const outcome = kept.find(mutant.id, () => choose(mutant));
    if (outcome === undefined) left.push(mutant);
    else note(mutant, outcome);
    if (outcome?.isPartly) alone.push(mutant);
  }
  console.log(`${all().length} mutants were judged in earlier runs`);
  const judgeGroup = async (group) => {
    if (performance.now() < end) alone.push(...(await judgeTogether(group, how, settle)));
  };
  await sideBySide(groupsOf(left.slice(0, Math.max(0, most - all().length))), judgeGroup, atOnce);
  const checks = [];
  const judgeAlone = async (mutant, index) => {
    if (performance.now() > end) return;
    settle(mutant, choose(mutant), await runMutant(mutant.id, choose(mutant)));
    if (index % CHECK_EVERY === 0) checks.push(await runMutant(undefined, choose(mutant)));
  };
  await sideBySide(inOrder(alone), judgeAlone, atOnce);
  return { outcomes: all(), checks };
}

await runPart(part, async ({ minutes, seed, files: pattern, lanes = availableParallelism() }) => {
  const begun = performance.now();
  const extent = minutes < part.minutes ? SHORT : LONG;
  mkdirSync(join(root, 'build-mutation'), { recursive: true });
  const mutated = pattern ?? LONG.files;
  const mutants = await makeMutants(mutated);
  const paths = new Map(mutants.map(({ id, path }) => [id, path]));
  const { all, files } = await dryRun(extent.tests, mutated, lanes);
  const leftOut = files.flatMap(({ path, tests }) =>
    tests.filter((test) => test.failed).map(({ name }) => `${path}: ${name}`),
  );
  const choose = makeChooser(files, (id) => paths.get(id));
  const loaded = new Set(files.flatMap(({ loads }) => loads));
  const isEquivalent = equivalents();
  const taken = inOrder(mutants.filter(({ path }) => new RegExp(pattern ?? extent.files).test(path)));
  const reached = taken.find((mutant) => choose(mutant).chosen.length > 0);
  if (reached === undefined) throw new Error(`no test reaches a mutant of ${pattern ?? extent.files}`);
  const sane = await runMutant(undefined, choose(reached));
  if (sane.became !== 'survived') throw new Error(`without a mutant: ${JSON.stringify(sane)}`);

  const sample = taken.filter((mutant) => !isEquivalent(mutant));
  const end = Math.max(begun + minutes * 60_000, performance.now() + MIN_MS);
  // The short form checks that all of this works: it begins anew.
  const place = join(root, 'build-mutation', extent === SHORT ? 'short.jsonl' : `outcomes-${all.slice(0, 16)}.jsonl`);
  if (extent === SHORT) rmSync(place, { force: true });
  const settings = { most: extent.mutants, end, atOnce: lanes, kept: keptOutcomes(place, files) };
  const { outcomes, checks } = await runSample(
    sample,
    { choose, isLoaded: (id) => loaded.has(id) },
    seeded(seed),
    settings,
  );
  const equivalent = taken.filter(isEquivalent).length;
  const wrong = checks.filter(({ became }) => became !== 'survived').map(({ became, by }) => `${became}: ${by}`);
  return {
    figures: [
      ...figuresOf(outcomes, { mutants: taken.length, equivalent, failed: leftOut.length }),
      { name: 'runs without a mutant, to check the tests', value: checks.length },
      { name: 'of these, runs that failed', value: wrong.length },
    ],
    failures: [],
    lists: [
      { heading: 'Survived:', items: survivorWords(outcomes, 'survived') },
      { heading: 'In code that these tests do not reach:', items: survivorWords(outcomes, 'not reached') },
      { heading: 'Runs without a mutant that failed:', items: wrong },
      { heading: 'Tests that were left out, because they fail in the copy:', items: leftOut },
    ],
  };
});
