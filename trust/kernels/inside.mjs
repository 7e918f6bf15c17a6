// Runs in the machine: the batches of test files of /plan.json, or its programs, with one line of its console for each result.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { createInterface } from 'node:readline';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { RESULT } from '../machine/virtual-machine.mjs';

const TEST_TIMEOUT_MS = 600_000;
const PATIENCE = 20;
// An emulated processor translates what V8 compiles once more: without, loading takes half of the time.
const NO_COMPILER = ['--jitless', '--no-expose-wasm'];
const JEST = ['node_modules/jest/bin/jest.js', '--runInBand', '--config', 'trust/kernels/jest.config.cjs'];

const say = (result) => console.log(`${RESULT}${JSON.stringify(result)}`);

/** A test file for each batch, which has the tests of its files. */
function writeBatches(batches) {
  const folder = new URL('../../test/', import.meta.url);
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('batch-'))) rmSync(new URL(name, folder));
  for (const [index, files] of batches.entries()) {
    const blocks = files.map((file) => `describe('${file}', () => { require('../${file.replace(/\.ts$/, '')}'); });`);
    writeFileSync(new URL(`batch-${String(index).padStart(3, '0')}.test.js`, folder), blocks.join('\n'));
  }
}

/** `fast` leaves out the slow tests. */
function runTests({ batches, fast }) {
  writeBatches(batches);
  const [program, ...prefix] = inOwnNamespace;
  const child = spawn(program, [...prefix, process.execPath, ...NO_COMPILER, ...JEST], {
    cwd: new URL('../..', import.meta.url),
    env: {
      ...process.env,
      ...ownNamespaceEnvironment,
      SYSVMQ_TEST_PATIENCE: String(PATIENCE),
      SYSVMQ_SKIPPED: '/tmp/skipped.jsonl',
      ...(fast ? { SYSVMQ_FAST_TESTS: '1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => console.log(`  ${line}`));
  createInterface({ input: child.stdio[3] }).on('line', (line) => console.log(`${RESULT}${line}`));
  return new Promise((resolve) => child.once('close', (status, signal) => resolve(signal ?? status)));
}

const uptime = () => Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);

async function runRounds({ rounds, seconds }) {
  const ended = [];
  for (const round of rounds) if (uptime() < seconds) ended.push(await runTests(round));
  return ended;
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

const plan = JSON.parse(readFileSync('/plan.json', 'utf8'));
say({ release: release(), bootSeconds: uptime() });
say({ ended: plan.programs === undefined ? await runRounds(plan) : runPrograms(plan.programs) });
