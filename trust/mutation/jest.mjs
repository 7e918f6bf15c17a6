// Runs tests in the copy, in namespaces of their own: what is left of a run, processes and queues, goes with them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { COPY } from './mutants.mjs';

// The shell is the namespace's first process, which adopts the processes that others leave, and ends them when it ends.
const INIT = ['--pid', '--fork', '--kill-child', '--mount-proc', 'sh', '-c'];
// What a shell says of a command that SIGXCPU or SIGKILL has ended.
const OUT_OF_TIME = [128 + constants.signals.SIGXCPU, 128 + constants.signals.SIGKILL];
const JEST = [
  'node_modules/jest/bin/jest.js',
  '--config',
  'trust/instrumented/jest.config.cjs',
  '--runInBand',
  '--forceExit',
];

/**
 * How jest ended: a status, or 'timed out', after so much time of the processor (what runs without end) or of the clock
 * (what waits without end).
 */
export async function runJest(args, { environment = {}, cpuSeconds, limitMs, shown = false }) {
  const limited = cpuSeconds === undefined ? '' : `ulimit -t ${Math.ceil(cpuSeconds)}; `;
  const shell = [...inOwnNamespace, ...INIT, `${limited}"$@"; exit $?`, 'sh'];
  const [program, ...rest] = [...shell, process.execPath, ...JEST, ...args];
  const env = {
    ...process.env,
    ...ownNamespaceEnvironment,
    SYSVMQ_BUILD_DIR: 'build',
    SYSVMQ_TEST_SEED: '1',
    ...environment,
  };
  const child = spawn(program, rest, { cwd: COPY, env, stdio: ['ignore', 'ignore', shown ? 'inherit' : 'ignore'] });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, limitMs);
  const [status, signal] = await once(child, 'close');
  clearTimeout(timer);
  return timedOut || OUT_OF_TIME.includes(status) ? 'timed out' : (status ?? signal);
}
