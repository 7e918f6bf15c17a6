// Tests of the suite, run by Jest in a namespace of their own, counted file by file.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { inOwnNamespace, ownNamespaceEnvironment } from '../../tools/harness/namespace.mjs';
import { root } from '../../tools/harness/places.mjs';

const JEST = join(root, 'node_modules/jest/bin/jest.js');

// A file can fail without a test of it that did: when it does not load, or after its tests.
function failuresOf({ assertionResults, message, name, status: ofFile }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
  return failed.length === 0 && ofFile === 'failed' ? [`${name}: ${message}`] : failed;
}

function fileOf(result) {
  const count = (status) => result.assertionResults.filter((one) => one.status === status).length;
  return {
    file: relative(root, result.name),
    passed: count('passed'),
    skipped: count('pending'),
    failures: failuresOf(result),
  };
}

/** Runs the test files of these names or patterns: { file, passed, skipped, failures } of each. */
export function runTests(patterns, { environment = {}, testTimeoutMs = 300_000 } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'sysvmq-suite-'));
  try {
    const output = join(folder, 'jest.json');
    const jest = [JEST, '--runInBand', `--testTimeout=${testTimeoutMs}`, '--json', `--outputFile=${output}`];
    const [program, ...args] = [...inOwnNamespace, process.execPath, ...jest, ...patterns];
    const env = { ...process.env, ...ownNamespaceEnvironment, ...environment };
    spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const { testResults } = JSON.parse(readFileSync(output, 'utf8'));
    if (testResults.length === 0) throw new Error(`no test file is ${patterns.join(', ')}`);
    return testResults.map(fileOf);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
