/** sysvmq create, against the kernel's list of queues. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ftok, getLimits, MessageQueue } from '../../lib/index';
import { jsonOf, outputOf, runCommand } from '../support/command';
import { remainingQueues, setLimit } from '../support/namespace';
import { itNeeds, noSysResource } from '../support/needs';
import { freshKey, newQueue, removeAfterTest } from '../support/queues';
import { itSlow } from '../support/slow';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

function created(...args: string[]): number {
  const [, id] = /^id: (\d+)\n$/.exec(outputOf(['create', ...args])) ?? [];
  expect(id).toBeDefined();
  return removeAfterTest(Number(id));
}

it('creates a queue with a key and prints its id', () => {
  const key = freshKey();
  const id = created('--key', `0x${key.toString(16)}`);
  expect(MessageQueue.open(key).id).toBe(id);
  expect(MessageQueue.attach(id).stat()).toMatchObject({ mode: 0o600, maxBytes: getLimits().msgmnb });
});

itSlow('sysvmq create takes a mode and a size', () => {
  const id = created('--private', '--mode', '0660', '--max-bytes', '4K');
  expect(MessageQueue.attach(id).stat()).toMatchObject({ key: 0, mode: 0o660, maxBytes: 4096 });
});

itSlow('sysvmq create takes a file and a project', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(created('--path', file, '--project', 'Z')).toBe(MessageQueue.open(ftok(file, 'Z')).id);
});

itSlow('sysvmq create --quiet prints the id alone', () => {
  const output = outputOf(['create', '--private', '--quiet']);
  expect(output).toMatch(/^\d+\n$/);
  expect(remainingQueues()).toEqual([removeAfterTest(Number(output))]);
});

itSlow('sysvmq create takes a key in hexadecimal as it is', () => {
  const key = freshKey();
  const id = created(`0x${key.toString(16)}`);
  expect(MessageQueue.open(key).id).toBe(id);
});

itSlow('sysvmq create prints the queue as JSON', () => {
  const key = freshKey();
  const queue = jsonOf(['create', '--key', `${key}`]) as { id: number; key: number };
  removeAfterTest(queue.id);
  expect(queue).toMatchObject({ key, messageCount: 0 });
  expect(remainingQueues()).toEqual([queue.id]);
});

itSlow('a key that is taken is an error, and with --existing that queue', () => {
  const queue = newQueue();
  const key = `0x${queue.key.toString(16)}`;
  expect(runCommand(['create', '--key', key])).toEqual({
    status: 1,
    signal: null,
    stdout: '',
    stderr: `sysvmq create: A queue has the key ${key} already. Pass --existing to use it, or remove it first: sysvmq remove --key ${key}. (EEXIST from msgget)\n`,
  });
  expect(outputOf(['create', '--key', key, '--existing'])).toBe(`id: ${queue.id}\n`);
  expect(remainingQueues()).toEqual([queue.id]);
});

itSlow('sysvmq create says at MSGMNI how many there are and what to do', () => {
  newQueue();
  setLimit('msgmni', 1);
  const { status, stderr } = runCommand(['create', '--private']);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /There is 1 queue, and MSGMNI allows 1 .*sysvmq limits set msgmni=N\. \(ENOSPC from msgget\)\n$/,
  );
});

itNeeds(noSysResource, 'a size that is refused leaves no queue behind', () => {
  const { status, stderr } = runCommand(['create', '--private', '--max-bytes', '1G']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/sysvmq limits set msgmnb=1073741824\. \(EPERM from msgctl\)\n$/);
  expect(remainingQueues()).toEqual([]);
});

itSlow.each([
  [[], 'Which key?'],
  [['--private', '--key', '7'], 'not with --key'],
  [['--private', '0x7'], 'not with --key'],
  [['0x7', '--key', '7'], 'named in 2 ways'],
  [['7'], '7 would be an id'],
  [['--private', '--quiet', '--json'], 'cannot be used with'],
  [['--private', '--existing'], 'not with --existing'],
  [['--private', '--mode', '777'], 'without execute bits'],
  [['--private', '--mode', 'rw-'], 'permission bits in octal'],
  [['--private', '--max-bytes', '2G'], 'a number of bytes from 0 to 2147483647'],
  [['--private', '--max-bytes', '4 KB'], 'a number of bytes'],
  [['--id', '7'], "unknown option '--id'"],
])('sysvmq create %j is wrong usage, and creates nothing', (args, words) => {
  expect(runCommand(['create', ...args])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringContaining(words),
  });
  expect(remainingQueues()).toEqual([]);
});
