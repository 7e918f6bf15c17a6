// Runs a mutant's tests, and says what became of it.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../tools/harness/places.mjs';
import { runJest } from './jest.mjs';

const FAILURE = join(root, 'build-mutation/failure');
const RESULT = join(root, 'build-mutation/jest.json');
// Ample, because other things may run on the machine. An endless run is stopped by the processor's time, of which
// a run takes as much as ever.
const START_MS = 20_000;
const START_CPU_MS = 8_000;
const TIMES_AS_LONG = 2;
const TEST_TIMEOUT_MS = 8_000;
// An argument cannot have more than 128 KiB; without a pattern all of the files' tests run.
const MAX_PATTERN_CHARACTERS = 100_000;

// An argument cannot have a NUL either, which the names of some tests have.
const escaped = (name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\0', '.');

function argumentsOf(chosen) {
  const names = [...new Set(chosen.flatMap(({ tests }) => tests))].map(escaped);
  const pattern = `^(?:${names.join('|')})$`;
  const named = pattern.length > MAX_PATTERN_CHARACTERS ? [] : ['--testNamePattern', pattern];
  const written = ['--json', `--outputFile=${RESULT}`, `--testTimeout=${TEST_TIMEOUT_MS}`, '--bail'];
  return [...written, ...named, '--runTestsByPath', ...chosen.map(({ path }) => path)];
}

/** { became: 'killed' | 'timed out' | 'survived', by } of a mutant; without one (id undefined) it must survive. */
export async function runMutant(id, { chosen, expectedMs }) {
  rmSync(FAILURE, { force: true });
  rmSync(RESULT, { force: true });
  const environment = { SYSVMQ_FAILURE: FAILURE, SYSVMQ_TEST_ORDER: chosen.map(({ path }) => path).join(',') };
  if (id !== undefined) environment.__STRYKER_ACTIVE_MUTANT__ = id;
  const limits = {
    cpuSeconds: (START_CPU_MS + TIMES_AS_LONG * expectedMs) / 1000,
    limitMs: START_MS + TIMES_AS_LONG * expectedMs,
  };
  const ended = await runJest(argumentsOf(chosen), { environment, ...limits });
  if (ended === 'timed out') return { became: 'timed out' };
  if (existsSync(FAILURE)) {
    const { by, waited } = JSON.parse(readFileSync(FAILURE, 'utf8'));
    return { became: waited ? 'timed out' : 'killed', by };
  }
  if (ended !== 0) return { became: 'killed', by: `jest ended with ${ended}` };
  const { numPassedTests } = JSON.parse(readFileSync(RESULT, 'utf8'));
  if (numPassedTests === 0) throw new Error(`no test of ${JSON.stringify(chosen)} was run`);
  return { became: 'survived', tests: numPassedTests };
}
