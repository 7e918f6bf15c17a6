#!/usr/bin/env node
// Small mistakes in lib/, one at a time: does a test find each?
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../tools/harness/places.mjs';
import { progress } from '../tools/harness/progress.mjs';
import { seeded } from '../tools/harness/random.cjs';
import { leastMinutesOf, runPart } from './harness/part.mjs';
import { makeChooser } from './mutation/choice.mjs';
import { dryRun, TESTS } from './mutation/dry-run.mjs';
import { runMutant } from './mutation/kill.mjs';
import { makeMutants } from './mutation/mutants.mjs';
import { inOrder, takeTurns } from './mutation/sample.mjs';
import { figuresOf, survivorWords } from './mutation/score.mjs';

const SHORT = {
  tests: ['test/unit/sysctl-file', 'test/properties/selection'],
  files: '^lib/(messages/selector|kernel/sysctl-file)',
  mutants: 10,
};
const LONG = { tests: TESTS.map((name) => `test/${name}/`), files: '^lib/(?!cli/)', mutants: Number.POSITIVE_INFINITY };
/** However long the tests took before. */
const MIN_MS = 180_000;

const part = {
  name: 'mutation',
  title: 'small mistakes in lib/, one at a time: does a test find each?',
  does: `Takes Stryker's mutants of lib/ (without lib/cli/) in turn from all files, in a random order, each against the tests that
see it, for up to 15 s of tests that are the same in each run. A mutant is killed if a test fails, or if the tests do not
end. The score is killed / (killed + survived), without those that trust/mutation/equivalent.json
says are no mistakes. Each runs in namespaces of its own (IPC and processes), in the copy build-mutation/, with a dist/ made
of the same mutants. The tests run without a mutant before, for some minutes: all of them if lib/ has changed, else those
that have. The short form has ${SHORT.mutants} mutants of ${SHORT.files}.
Takes npm run build and npm ci --prefix trust/mutation first.`,
  minutes: leastMinutesOf('mutation'),
  options: { files: { words: 'mutants of files whose paths match this pattern, such as lib/cli', kind: 'text' } },
};

/** Those that cannot be killed, because they change nothing that one could see. */
function equivalents() {
  const known = JSON.parse(readFileSync(join(root, 'trust/mutation/equivalent.json'), 'utf8'));
  const keys = new Set(known.map(({ path, source, was, becomes }) => JSON.stringify([path, source, was, becomes])));
  return ({ path, source, was, becomes }) => keys.has(JSON.stringify([path, source, was, becomes]));
}

async function runSample(mutants, choose, random, { most, end }) {
  const outcomes = [];
  const count = (became) => outcomes.filter((outcome) => outcome.became === became).length;
  for (const mutant of takeTurns(mutants, random)) {
    if (performance.now() > end || outcomes.length === most) break;
    const tests = choose(mutant);
    const outcome = tests.chosen.length === 0 ? { became: 'not reached' } : await runMutant(mutant.id, tests);
    outcomes.push({ ...mutant, ...outcome });
    progress(
      `${outcomes.length} of ${mutants.length}: ${count('survived')} survived, ${count('not reached')} not reached`,
    );
  }
  return outcomes;
}

await runPart(part, async ({ minutes, seed, files: pattern }) => {
  const begun = performance.now();
  const extent = minutes < part.minutes ? SHORT : LONG;
  mkdirSync(join(root, 'build-mutation'), { recursive: true });
  const mutants = await makeMutants();
  const paths = new Map(mutants.map(({ id, path }) => [id, path]));
  const files = await dryRun(extent.tests);
  const leftOut = files.flatMap(({ path, tests }) =>
    tests.filter((test) => test.failed).map(({ name }) => `${path}: ${name}`),
  );
  const choose = makeChooser(files, (id) => paths.get(id));
  const isEquivalent = equivalents();
  const taken = inOrder(mutants.filter(({ path }) => new RegExp(pattern ?? extent.files).test(path)));
  const reached = taken.find((mutant) => choose(mutant).chosen.length > 0);
  if (reached === undefined) throw new Error(`no test reaches a mutant of ${pattern ?? extent.files}`);
  const sane = await runMutant(undefined, choose(reached));
  if (sane.became !== 'survived') throw new Error(`without a mutant: ${JSON.stringify(sane)}`);

  const sample = taken.filter((mutant) => !isEquivalent(mutant));
  const end = Math.max(begun + minutes * 60_000, performance.now() + MIN_MS);
  const outcomes = await runSample(sample, choose, seeded(seed), { most: extent.mutants, end });
  const equivalent = taken.filter(isEquivalent).length;
  return {
    figures: figuresOf(outcomes, { mutants: taken.length, equivalent, failed: leftOut.length }),
    failures: [],
    lists: [
      { heading: 'Survived:', items: survivorWords(outcomes, 'survived') },
      { heading: 'In code that these tests do not reach:', items: survivorWords(outcomes, 'not reached') },
      { heading: 'Tests that were left out, because they fail in the copy:', items: leftOut },
    ],
  };
});
