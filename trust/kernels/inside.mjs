// Runs in the machine: the test files of /plan.json, or its programs, with one line of its console for each result.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { RESULT } from '../machine/virtual-machine.mjs';

// Emulated processors are slow, and slower where the machine below is busy.
const TEST_TIMEOUT_MS = 600_000;
const PATIENCE = 20;
const JEST = [
  'node_modules/jest/bin/jest.js',
  '--runInBand',
  `--testTimeout=${TEST_TIMEOUT_MS}`,
  '--roots=<rootDir>/test',
  '--reporters=./trust/kernels/reporter.cjs',
  '--testSequencer=./trust/kernels/sequencer.cjs',
  '--runTestsByPath',
];

const say = (result) => console.log(`${RESULT}${JSON.stringify(result)}`);

function runTests(files) {
  const [program, ...prefix] = inOwnNamespace;
  const child = spawn(program, [...prefix, process.execPath, ...JEST, ...files], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, ...ownNamespaceEnvironment, SYSVMQ_TEST_PATIENCE: String(PATIENCE) },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => console.log(`  ${line}`));
  createInterface({ input: child.stdio[3] }).on('line', (line) => console.log(`${RESULT}${line}`));
  return new Promise((resolve) => child.once('close', (status, signal) => resolve(signal ?? status)));
}

/** Each is one test: it ends with 0 and has no complaint. */
function runPrograms(programs) {
  for (const file of programs) {
    say({ file, started: true });
    const { status, signal, stderr } = spawnSync(process.execPath, [file], {
      cwd: new URL('../..', import.meta.url),
      env: { ...process.env, SYSVMQ_SMOKE_MAY_SET_LIMITS: '1' },
      encoding: 'utf8',
      timeout: TEST_TIMEOUT_MS,
    });
    const isPassed = status === 0 && stderr === '';
    const failures = isPassed ? [] : [{ title: `ended with ${signal ?? status}`, message: stderr.slice(0, 2000) }];
    say({ file, passed: isPassed ? 1 : 0, skipped: [], failures });
  }
  return 0;
}

const { files, programs } = JSON.parse(readFileSync('/plan.json', 'utf8'));
say({ release: release(), bootSeconds: Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) });
say({ ended: files === undefined ? runPrograms(programs) : await runTests(files) });
