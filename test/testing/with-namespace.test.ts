/** sysvmq/testing: test runners in an IPC namespace of their own, for real. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withNamespace } from '../../lib/testing/index';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const root = join(__dirname, '..', '..');

/** A project whose runner is started as docs/testing.md says; its test leaves a queue, and wants to see no other. */
function runInProject(runner: string[], file: string, start: string): { status: number | null; stdout: string } {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(root, join(folder, 'node_modules', 'sysvmq'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  writeFileSync(
    join(folder, file),
    `${start}
const assert = require('node:assert/strict');
const { MessageQueue, listQueues } = require('sysvmq');
test('it is alone', () => {
  assert.equal(listQueues().length, 0);
  MessageQueue.create(0x5eed0900).trySend('left behind');
  console.log('saw ' + listQueues().length + ' queue');
});
`,
  );
  writeFileSync(
    join(folder, 'run.mjs'),
    `import { withNamespace } from 'sysvmq/testing';
process.exitCode = await withNamespace(${JSON.stringify(runner)});
`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, ['run.mjs'], { cwd: folder, encoding: 'utf8' });
  return { status, stdout: stdout + stderr };
}

itSlow('node:test runs in a namespace of its own, and its queues go with it', () => {
  newQueue();
  const start = "const { test } = require('node:test');";
  for (let run = 0; run < 2; run++) {
    const { status, stdout } = runInProject([process.execPath, '--test', 'alone.test.cjs'], 'alone.test.cjs', start);
    expect([status, stdout]).toEqual([0, expect.stringContaining('saw 1 queue')]);
  }
});

itSlow('jest runs in a namespace of its own, and its queues go with it', () => {
  newQueue();
  const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  for (let run = 0; run < 2; run++) {
    const { status, stdout } = runInProject([process.execPath, jest, '--rootDir', '.'], 'alone.test.js', '');
    expect([status, stdout]).toEqual([0, expect.stringContaining('saw 1 queue')]);
  }
});

it("withNamespace has the program's status, or 128 and its signal", async () => {
  expect(await withNamespace([process.execPath, '-e', 'process.exitCode = 7'])).toBe(7);
  expect(await withNamespace(['sh', '-c', 'kill -KILL $$'])).toBe(137);
  expect(await withNamespace(['there-is-no-such-program'])).toBe(127);
});

it('withNamespace refuses what is no command', async () => {
  for (const command of [undefined, [], 'jest', [5]]) {
    await expect(withNamespace(command as never)).rejects.toThrow(TypeError);
  }
});
