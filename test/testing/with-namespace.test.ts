/** sysvmq/testing: test runners in an IPC namespace of their own, for real. */

import { withNamespace } from '../../lib/testing/index';
import { newQueue } from '../support/queues';
import { RUNNERS, runInProject } from '../support/runner-project';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const FILE = 'alone.test.js';

/** A project whose runner starts as docs/testing.md says. Its test leaves a queue, and must see no other. */
function projectOf(runner: readonly string[]): Record<string, string> {
  return {
    [FILE]: `
const test = globalThis.test ?? require('node:test').test;
const assert = require('node:assert/strict');
const { MessageQueue, listQueues } = require('sysvmq');
test('the child is alone in its namespace', () => {
  assert.equal(listQueues().length, 0);
  MessageQueue.create(0x5eed0900).trySend('left behind');
  console.log('saw ' + listQueues().length + ' queue');
});
`,
    'run.mjs': `import { withNamespace } from 'sysvmq/testing';
process.exitCode = await withNamespace(${JSON.stringify(runner)});
`,
  };
}

for (const [name, runner] of Object.entries(RUNNERS)) {
  itSlow(`${name} runs in a namespace of its own, and its queues go with it`, () => {
    newQueue();
    const files = projectOf([...runner, FILE]);
    for (let run = 0; run < 2; run++) {
      const { status, output } = runInProject({ files, command: [process.execPath, 'run.mjs'] });
      expect([status, output]).toEqual([0, expect.stringContaining('saw 1 queue')]);
    }
  });
}

itSlow("withNamespace has the program's status, or 128 and its signal", async () => {
  expect(await withNamespace([process.execPath, '-e', 'process.exitCode = 7'])).toBe(7);
  expect(await withNamespace(['sh', '-c', 'kill -KILL $$'])).toBe(137);
  expect(await withNamespace(['there-is-no-such-program'])).toBe(127);
});

it('withNamespace refuses what is no command', async () => {
  for (const command of [undefined, [], 'jest', [5]]) {
    await expect(withNamespace(command as never)).rejects.toThrow(TypeError);
  }
  await expect(withNamespace('jest' as never)).rejects.toThrow("Write withNamespace(['node', '--test']).");
});
