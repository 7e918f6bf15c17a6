// Runs a mutant's tests, and says what became of it.
import { judge } from './process.mjs';

// Ample, because other things may run on the machine. An endless run is stopped by the processor's time, of which
// a run takes as much as ever.
const START_MS = 60_000;
const START_CPU_MS = 6_000;
const TIMES_AS_LONG = 2;
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
