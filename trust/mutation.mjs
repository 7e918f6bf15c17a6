#!/usr/bin/env node
// Small mistakes in lib/, one at a time: does a test find each?
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireNamespaces } from '../scripts/namespace.mjs';
import { seeded } from './harness/random.mjs';
import { makeChooser } from './mutation/choice.mjs';
import { dryRun, TESTS } from './mutation/dry-run.mjs';
import { runMutant } from './mutation/kill.mjs';
import { makeMutants } from './mutation/mutants.mjs';
import { inOrder, takeTurns } from './mutation/sample.mjs';
import { figuresOf, perFile } from './mutation/score.mjs';
import { progress, readOptions, root, writeResult } from './part.mjs';

const HELP = `Usage: node trust/mutation.mjs [--minutes N] [--seed N] [--short] [--files PATTERN] [--json FILE]

Takes Stryker's mutants of lib/ (without lib/cli/) in turn from all files, in a random order, each against the tests that
see it, for up to 15 s of tests that are the same in each run. A mutant is killed if a test fails, or if the tests do not
end. The score is killed / (killed + survived), without those that trust/mutation/equivalent.json
says are no mistakes. Each runs in namespaces of its own (IPC and processes), in the copy build-mutation/, with a dist/ made
of the same mutants.

  --minutes N      how long mutants are run (default 1). The tests run without a mutant before, for some minutes: all
                   of them if lib/ has changed, else those that have
  --seed N         the seed of an earlier run, to take the same mutants again
  --short          a few mutants of lib/selector.ts and lib/sysctl-file.ts, with a few tests: shows that it works
  --files PATTERN  mutants of files whose paths match, such as lib/cli
  --json FILE      where the result goes (default trust/results/mutation.json)
  --help           this

Takes npm run build and npm ci --prefix trust/mutation first.`;

const SHORT = {
  tests: ['test/unit/sysctl-file', 'test/properties/selection'],
  files: '^lib/(selector|sysctl-file)',
  mutants: 10,
};
const ALL = '^lib/(?!cli/)';

const options = readOptions(HELP, { short: { type: 'boolean', default: false }, files: { type: 'string' } });
requireNamespaces();
mkdirSync(join(root, 'build-mutation'), { recursive: true });

const pattern = options.files ?? (options.short ? SHORT.files : ALL);
const patterns = options.short ? SHORT.tests : TESTS.map((name) => `test/${name}/`);
const most = options.short ? SHORT.mutants : Number.POSITIVE_INFINITY;

/** Those that cannot be killed, because they change nothing that one could see. */
function equivalents() {
  const known = JSON.parse(readFileSync(join(root, 'trust/mutation/equivalent.json'), 'utf8'));
  const keys = new Set(known.map(({ path, source, was, becomes }) => JSON.stringify([path, source, was, becomes])));
  return ({ path, source, was, becomes }) => keys.has(JSON.stringify([path, source, was, becomes]));
}

async function runSample(mutants, choose, random) {
  const outcomes = [];
  const end = performance.now() + options.minutes * 60_000;
  const count = (became) => outcomes.filter((outcome) => outcome.became === became).length;
  const tell = progress(
    () => `${outcomes.length} of ${mutants.length}: ${count('survived')} survived, ${count('not reached')} not reached`,
  );
  for (const mutant of takeTurns(mutants, random)) {
    if (performance.now() > end || outcomes.length === most) break;
    const tests = choose(mutant);
    const outcome = tests.chosen.length === 0 ? { became: 'not reached' } : await runMutant(mutant.id, tests);
    outcomes.push({ ...mutant, ...outcome });
    if (outcome.became !== 'killed') {
      console.log(`${outcome.became}: ${mutant.path}:${mutant.line} ${mutant.was} => ${mutant.becomes}`);
    }
    tell();
  }
  return outcomes;
}

console.log(`seed ${options.seed}`);
const mutants = await makeMutants();
const paths = new Map(mutants.map(({ id, path }) => [id, path]));
const files = await dryRun(patterns);
const failed = files.flatMap(({ path, tests }) =>
  tests.filter((test) => test.failed).map(({ name }) => `${path}: ${name}`),
);
for (const words of failed) console.log(`fails without a mutant, and is left out: ${words}`);

const choose = makeChooser(files, (id) => paths.get(id));
const isEquivalent = equivalents();
const taken = inOrder(mutants.filter(({ path }) => new RegExp(pattern).test(path)));
const sane = await runMutant(undefined, choose(taken.find((mutant) => choose(mutant).chosen.length > 0)));
if (sane.became !== 'survived') throw new Error(`without a mutant: ${JSON.stringify(sane)}`);

const begun = performance.now();
const outcomes = await runSample(
  taken.filter((mutant) => !isEquivalent(mutant)),
  choose,
  seeded(options.seed),
);
const seconds = Math.round((performance.now() - begun) / 1000);
const equivalent = taken.filter(isEquivalent).length;
const table = perFile(taken, outcomes);
const figures = figuresOf(outcomes, { mutants: taken.length, equivalent, failed: failed.length });
for (const { name, value } of figures) console.log(`${name}: ${value}`);
const only = options.files === undefined ? '' : ` --files '${options.files}'`;
const command = `node trust/mutation.mjs --minutes ${options.minutes} --seed ${options.seed}${options.short ? ' --short' : ''}${only}`;
const survivors = outcomes.filter(({ became }) => became === 'survived' || became === 'not reached');
const rest = { figures, failures: [], files: table, leftOut: failed, survivors };
writeResult('mutation', options.json, { command, seed: options.seed, seconds, ...rest });
