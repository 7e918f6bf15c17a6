/** Test files of the public API that run once more with queues in memory, in a process that has no addon to load. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IN_MEMORY } from '../support/memory-queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');

const FILES = [
  'test/consume/consume.test.ts',
  'test/kernel/inspect.test.ts',
  'test/kernel/peek-selected.test.ts',
  'test/kernel/receive-into.test.ts',
  'test/properties/bad-input-handle.test.ts',
  'test/properties/bad-input-payload.test.ts',
  'test/properties/bad-input-queue.test.ts',
  'test/properties/model.test.ts',
  'test/properties/round-trip.test.ts',
  'test/properties/selection.test.ts',
  'test/properties/unknown-options.test.ts',
  'test/request-reply/asking.test.ts',
  'test/waiting/fake-timers.test.ts',
  'test/waiting/full-turns.test.ts',
  'test/waiting/give-up-errors.test.ts',
  'test/waiting/order-of-calls.test.ts',
  'test/waiting/order.test.ts',
  'test/waiting/pending-sends.test.ts',
];

/** Tests of these files that do not run with queues in memory, and why. */
const LEFT_OUT: Record<string, string> = {
  'any sequence of calls does so where permissions and owners change': 'it changes users, in another process',
  'without a dead-letter target the message stays in hand, and the next consumer has it':
    'it looks for the file of an airlock',
  'close() ends a wait in a second thread': 'it counts the threads of the addon',
  'longer messages than the slots hold, and the longest of all, get larger slots':
    'it makes a queue larger than msgmnb, which takes CAP_SYS_RESOURCE',
};

/** Why the other files of the same folders are left out. */
const OTHER_FILES =
  'The other files of test/consume, test/kernel, test/properties, test/request-reply and test/waiting run with the queues of the kernel only: most have other processes, worker threads, limits in /proc, or threads that wait in the kernel.';

interface Result {
  success: boolean;
  testResults: {
    name: string;
    message: string;
    assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
  }[];
}

function runInMemory(files: string[]): Result {
  const output = join(temporaryFolder(), 'result.json');
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const titles = Object.keys(LEFT_OUT).map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = titles.length === 0 ? [] : ['--testNamePattern', `^(?!.*(${titles.join('|')}))`];
  // A test that fails may leave a consumer behind, for which the process would wait.
  const args = [jest, '--runInBand', '--forceExit', '--silent', '--json', `--outputFile=${output}`, ...pattern];
  spawnSync(process.execPath, [...args, '--runTestsByPath', ...files], {
    cwd: root,
    stdio: 'ignore',
    // No addon is there: a call that went to the kernel would fail.
    env: { ...process.env, [IN_MEMORY]: '1', SYSVMQ_BUILD_DIR: 'no-such-build', SYSVMQ_FAST_TESTS: '' },
  });
  return JSON.parse(readFileSync(output, 'utf8'));
}

itSlow(
  'the tests of MessageQueue that need one process only pass with queues in memory',
  () => {
    for (const [title, reason] of Object.entries(LEFT_OUT)) {
      process.stderr.write(`with queues in memory, left out: ${title}\n  because ${reason}\n`);
    }
    process.stderr.write(`${OTHER_FILES}\n`);
    const { testResults } = runInMemory(FILES);
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const failed = tests.filter(({ status }) => status === 'failed');
    expect(failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages[0]}`)).toEqual([]);
    expect(
      testResults.filter(({ assertionResults }) => assertionResults.length === 0).map((file) => file.message),
    ).toEqual([]);
    expect(testResults).toHaveLength(FILES.length);
    const pending = tests.filter(({ status }) => status === 'pending').map(({ fullName }) => fullName);
    const notExplained = pending.filter((name) => !Object.keys(LEFT_OUT).some((title) => name.includes(title)));
    const stale = Object.keys(LEFT_OUT).filter((title) => !pending.some((name) => name.includes(title)));
    expect({ notExplained, stale }).toEqual({ notExplained: [], stale: [] });
  },
  300_000,
);
