// Starts judge.cjs in the copy, in namespaces of its own: what is left of a run, processes and queues, goes with them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';
import { COPY } from './mutants.mjs';

const MANY = join(COPY, 'trust/mutation/environment.cjs');
const JOBS = join(root, 'build-mutation/jobs');
// The shell is the namespace's first process, which adopts the processes that others leave, and ends them when it ends.
const INIT = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'];
const LOOK_MS = 500;
// How a shell reports a command that SIGXCPU or SIGKILL has ended.
const OUT_OF_TIME = [128 + constants.signals.SIGXCPU, 128 + constants.signals.SIGKILL];
// A test file and the library are much garbage at once.
const JUDGE = ['--max-semi-space-size=64', 'trust/mutation/judge.cjs'];

/** { globalConfig, projectConfig }, as Jest makes them of its configuration, once for all judges. */
function readConfiguration() {
  const args = ['node_modules/jest/bin/jest.js', '--config', 'trust/instrumented/jest.config.cjs', '--showConfig'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: COPY, encoding: 'utf8', maxBuffer: 2 ** 24 });
  const { globalConfig, configs } = JSON.parse(stdout);
  return { globalConfig, projectConfig: configs[0] };
}

let configuration;

async function run(program, args, { environment, limitMs, isStuck = () => false, shown }) {
  const env = {
    ...process.env,
    ...ownNamespaceEnvironment,
    SYSVMQ_BUILD_DIR: 'build',
    SYSVMQ_TEST_SEED: '1',
    SYSVMQ_FAST_TESTS: '1',
    ...environment,
  };
  const child = spawn(program, args, { cwd: COPY, env, stdio: ['ignore', 'ignore', shown ? 'inherit' : 'ignore'] });
  let timedOut = false;
  const began = performance.now();
  const timer = setInterval(() => {
    timedOut ||= performance.now() > began + limitMs || isStuck();
    if (timedOut) child.kill('SIGKILL');
  }, LOOK_MS);
  const [status, signal] = await once(child, 'close');
  clearInterval(timer);
  return timedOut || OUT_OF_TIME.includes(status) ? 'timed out' : (status ?? signal);
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** Calls `work` with the paths of files in a folder of its own, which is removed then. */
async function withFolder(work) {
  configuration ??= readConfiguration();
  mkdirSync(JOBS, { recursive: true });
  const folder = mkdtempSync(join(JOBS, 'job-'));
  try {
    return await work((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function start(place, job, { cpuSeconds, ...options }) {
  writeFileSync(place('job.json'), JSON.stringify({ ...configuration, ...job, result: place('result.json') }));
  const limited = cpuSeconds === undefined ? '' : `ulimit -t ${Math.ceil(cpuSeconds)}; `;
  const shell = [...inOwnNamespace, ...INIT, `${limited}"$@"; exit $?`, 'sh'];
  const [program, ...args] = [...shell, process.execPath, ...JUDGE, place('job.json')];
  return run(program, args, options);
}

/**
 * Runs batches of files, [[{ path, tests?: [names] }]], one after the other: { ended, passed, failed, failure }. `ended` is a status, or
 * 'timed out' after so much time of the processor (for an endless run) or of the clock (for an endless wait). `environment(file)` gives
 * what environment.cjs reads; `failure` is what it has written to that file.
 */
export function judge(batches, { environment, timeoutMs, ...options }) {
  return withFolder(async (place) => {
    const given = environment(place('failure.json'));
    const ended = await start(place, { batches, timeoutMs }, { ...options, environment: given });
    return { ended, ...read(place('result.json')), failure: read(place('failure.json')) };
  });
}

// For the files to load, and for a mutant.
const LOAD_MS = 300_000;
const STUCK_MS = 40_000;

const readLines = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line));

/** Judges mutants, [{ id, tests: ['FILE NAME'] }], in one process, by these files: the lines of trust/mutation/environment.cjs. */
export function judgeMany(files, mutants, { timeoutMs }) {
  return withFolder(async (place) => {
    const outcomes = place('outcomes.jsonl');
    writeFileSync(outcomes, '');
    writeFileSync(place('mutants.json'), JSON.stringify({ mutants, outcomes }));
    const environment = { SYSVMQ_MUTANTS: place('mutants.json') };
    const isStuck = () => {
      const { mtimeMs, size } = statSync(outcomes);
      return Date.now() > mtimeMs + (size === 0 ? LOAD_MS : STUCK_MS);
    };
    const job = { batches: [files.map((path) => ({ path }))], timeoutMs, environment: MANY };
    const ended = await start(place, job, { environment, limitMs: Number.POSITIVE_INFINITY, isStuck });
    return { ended, lines: readLines(outcomes) };
  });
}
