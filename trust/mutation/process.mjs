// Starts judge.cjs in the copy, in namespaces of its own: what is left of a run, processes and queues, goes with them.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';
import { COPY } from './mutants.mjs';

const JOBS = join(root, 'build-mutation/jobs');
// The shell is the namespace's first process, which adopts the processes that others leave, and ends them when it ends.
const INIT = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'];
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

async function run(program, args, { environment, limitMs, shown }) {
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
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, limitMs);
  const [status, signal] = await once(child, 'close');
  clearTimeout(timer);
  return timedOut || OUT_OF_TIME.includes(status) ? 'timed out' : (status ?? signal);
}

const read = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/**
 * Runs batches of files, [[{ path, tests?: [names] }]], one after the other: { ended, passed, failed, failure }. `ended` is a status, or 'timed out' after
 * so much time of the processor (for an endless run) or of the clock (for an endless wait). `environment(file)` gives
 * what environment.cjs reads; `failure` is what it has written to that file.
 */
export async function judge(batches, { environment, timeoutMs, cpuSeconds, limitMs, shown = false }) {
  configuration ??= readConfiguration();
  mkdirSync(JOBS, { recursive: true });
  const folder = mkdtempSync(join(JOBS, 'job-'));
  const place = (name) => join(folder, `${name}.json`);
  try {
    writeFileSync(place('job'), JSON.stringify({ ...configuration, batches, timeoutMs, result: place('result') }));
    const limited = cpuSeconds === undefined ? '' : `ulimit -t ${Math.ceil(cpuSeconds)}; `;
    const shell = [...inOwnNamespace, ...INIT, `${limited}"$@"; exit $?`, 'sh'];
    const [program, ...args] = [...shell, process.execPath, ...JUDGE, place('job')];
    const ended = await run(program, args, { environment: environment(place('failure')), limitMs, shown });
    return { ended, ...read(place('result')), failure: read(place('failure')) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
