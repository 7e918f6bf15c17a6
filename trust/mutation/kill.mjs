// Runs a mutant's tests, and says what became of it.
import { judge, judgeMany } from './process.mjs';

// Ample, because other things may run on the machine. An endless run is stopped by the processor's time, of which
// a run takes as much as ever.
const START_MS = 60_000;
const START_CPU_MS = 6_000;
const TIMES_AS_LONG = 1;
const TEST_TIMEOUT_MS = 12_000;
// Most mutants are killed by one of these: the others need not be loaded.
const FIRST_FILES = 3;

/** { became: 'killed' | 'timed out' | 'survived', by } of a mutant; without one (id undefined) it must survive. */
export async function runMutant(id, { chosen, expectedMs }) {
  const active = id === undefined ? {} : { __STRYKER_ACTIVE_MUTANT__: id };
  const batches = [chosen.slice(0, FIRST_FILES), chosen.slice(FIRST_FILES)].filter((batch) => batch.length > 0);
  const { ended, passed, failed, failure } = await judge(batches, {
    environment: (file) => ({ ...active, SYSVMQ_FAILURE: file }),
    timeoutMs: TEST_TIMEOUT_MS,
    cpuSeconds: (START_CPU_MS + TIMES_AS_LONG * expectedMs) / 1000,
    limitMs: START_MS + TIMES_AS_LONG * expectedMs,
  });
  if (ended === 'timed out') return { became: 'timed out' };
  if (failure !== undefined) return { became: failure.waited ? 'timed out' : 'killed', by: failure.by };
  if (failed !== undefined) return { became: 'killed', by: failed };
  if (ended !== 0) return { became: 'killed', by: `the tests ended with ${ended}` };
  if (passed === 0) throw new Error(`no test of ${JSON.stringify(chosen)} was run`);
  return { became: 'survived', tests: passed };
}

// More would be defined, and copied, for nothing.
// Short, because a test that fails for it runs again without the mutant.
const SHORT_TEST_TIMEOUT_MS = 6_000;
const MOST_FILES = 14;
const MOST_TESTS = 60;

/** The files that most of these choose. */
function commonFiles(all) {
  const counts = new Map();
  for (const { chosen } of all) for (const { path } of chosen) counts.set(path, (counts.get(path) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a)).slice(0, MOST_FILES);
}

const namesOf = ({ chosen }, files) => {
  const some = chosen.filter(({ path }) => files.includes(path));
  return some.flatMap(({ path, tests }) => tests.map((name) => `${path} ${name}`)).slice(0, MOST_TESTS);
};

/**
 * The outcomes of mutants of a file, [{ id, tests }], as far as they can be had in one load of the library: `onOutcome(id, outcome)`. For
 * those that are not sure it is not called; `isPartly` is one that survived, but was not tried with all of its tests.
 */
export async function runMutants(mutants, onOutcome) {
  const countOf = (id) => {
    const { chosen } = mutants.find((mutant) => mutant.id === id).tests;
    return chosen.reduce((sum, { tests }) => sum + tests.length, 0);
  };
  const files = commonFiles(mutants.map(({ tests }) => tests));
  let left = mutants
    .map(({ id, tests }) => ({ id, tests: namesOf(tests, files) }))
    .filter(({ tests }) => tests.length > 0);
  while (left.length > 0) {
    const { ended, lines } = await judgeMany(files, left, { timeoutMs: SHORT_TEST_TIMEOUT_MS });
    const began = lines.filter(({ started }) => started).map(({ id }) => id);
    const over = lines.filter(({ became }) => became !== undefined);
    for (const { id, ...outcome } of over) {
      const isPartly = outcome.became === 'survived' && outcome.tests < countOf(id);
      if (outcome.became !== 'unsure') onOutcome(id, isPartly ? { ...outcome, isPartly } : outcome);
    }
    const last = began.at(-1);
    if (ended === 'timed out' && last !== undefined && !over.some(({ id }) => id === last))
      onOutcome(last, { became: 'timed out' });
    // Where none began, the files do not load together.
    left = last === undefined ? [] : left.filter(({ id }) => !began.includes(id));
  }
}
