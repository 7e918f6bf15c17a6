// Runs one chunk: Jest, in an IPC namespace of its own.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';
import { BUILDS } from './builds.mjs';
import { JEST } from './chunks.mjs';
import { endInTime } from './stuck.mjs';

// Node.js 20 reads the certificates of this variable at each start, which takes as long as the rest of its start. The tests
// start thousands of processes, and none that talks to another machine.
const NOT_FOR_TESTS = { NODE_EXTRA_CA_CERTS: undefined };

const linesOf = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);

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
      ...NOT_FOR_TESTS,
      ...ownNamespaceEnvironment,
      ...environment,
      ...(isAlone ? { SYSVMQ_REPORTS_ONLY_COUNTS: '1' } : {}),
      SYSVMQ_BUILD_DIR: BUILDS[build].directory,
      SYSVMQ_RESULT: resultFile,
      SYSVMQ_SKIPPED: skipFile,
    },
  });
  let isNodesDeadlock = false;
  const judge = (isNodes) => {
    isNodesDeadlock = isNodes;
  };
  // With --watch, Jest goes on by itself.
  if (!jestOptions.some((option) => option.startsWith('--watch'))) endInTime(child, resultFile, judge);
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      const skipped = linesOf(skipFile).map((line) => JSON.parse(line));
      if (existsSync(resultFile)) {
        const result = JSON.parse(readFileSync(resultFile, 'utf8'));
        const killed = isNodesDeadlock ? Number(result.failed > 0) : 1;
        resolve({ build, code: code ?? killed, skipped, ...result });
        return;
      }
      console.error(`Jest wrote no result (${signal ?? `exit status ${code}`}): ${files.join(' ')}`);
      resolve({ build, code: code || 1, skipped, passed: 0, failed: 0, pending: 0, seconds: {} });
    });
  });
}
