// Runs one chunk: Jest, in an IPC namespace of its own.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';
import { BUILDS } from './builds.mjs';
import { JEST } from './chunks.mjs';

const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);

// Longer than Jest's own reporter waits for the end (reporter.cjs), which is the better message.
const END_MS = 90_000;
const LOOK_MS = 5000;

/** What the threads of a process do, for a process that does not end. */
function threadsOf(pid) {
  const read = (thread, name) => readFileSync(`/proc/${pid}/task/${thread}/${name}`, 'latin1').trim();
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.map((thread) => `  ${read(thread, 'comm')}: system call ${read(thread, 'syscall')}`).join('\n');
}

/** Kills a Jest that does not end after it wrote its result, and says what its threads did. */
function endInTime(child, resultFile) {
  const timer = setInterval(() => {
    if (!existsSync(resultFile) || Date.now() - statSync(resultFile).mtimeMs < END_MS) return;
    clearInterval(timer);
    console.error(`FAIL Jest did not end ${END_MS / 1000} s after its last test:\n${threadsOf(child.pid)}`);
    child.kill('SIGKILL');
  }, LOOK_MS);
  child.once('close', () => clearInterval(timer));
}

/**
 * What came of a chunk of { build, files }: { build, code, passed, failed, pending, skipped: [{ title, reason }], seconds },
 * seconds by file.
 */
export function runChunk({ build, files }, { results, name, jestOptions, environment, isAlone }) {
  const resultFile = join(results, `${name}.json`);
  const skipFile = join(results, `${name}.skipped`);
  // Alone, Jest shows what it does; beside others each file is reported in one piece.
  const reporters = [...(isAlone ? ['default'] : []), '<rootDir>/test/runner/reporter.cjs'];
  const jestArgs = ['--runInBand', ...reporters.map((reporter) => `--reporters=${reporter}`), ...jestOptions];
  const [program, ...prefix] = inOwnNamespace;
  const child = spawn(program, [...prefix, process.execPath, JEST, ...jestArgs, '--runTestsByPath', ...files], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      ...ownNamespaceEnvironment,
      ...environment,
      ...(isAlone ? { SYSVMQ_REPORTS_ONLY_COUNTS: '1' } : {}),
      SYSVMQ_BUILD_DIR: BUILDS[build].directory,
      SYSVMQ_RESULT: resultFile,
      SYSVMQ_SKIPPED: skipFile,
    },
  });
  // With --watch, Jest goes on by itself.
  if (!jestOptions.some((option) => option.startsWith('--watch'))) endInTime(child, resultFile);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      const skipped = linesOf(skipFile).map((line) => JSON.parse(line));
      if (existsSync(resultFile)) {
        resolve({ build, code: code ?? 1, skipped, ...JSON.parse(readFileSync(resultFile, 'utf8')) });
        return;
      }
      console.error(`Jest wrote no result (${signal ?? `exit status ${code}`}): ${files.join(' ')}`);
      resolve({ build, code: code || 1, skipped, passed: 0, failed: 0, pending: 0, seconds: {} });
    });
  });
}
