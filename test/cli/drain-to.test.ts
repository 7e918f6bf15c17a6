/** The library's drainTo and the command know each other's lines. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drainTo, type MessageQueue, parseMessageLine } from '../../lib/index';
import { outputOf } from '../support/command';
import { newQueue } from '../support/queues';
import { removeTemporaryFolders, temporaryFolder } from '../support/temporary-folder';

afterEach(removeTemporaryFolders);

const bytes = Buffer.from(Array.from({ length: 256 }, (_each, index) => index));

function fill(queue: MessageQueue): void {
  queue.trySend('grüße\n', { type: 7 });
  queue.trySend(bytes, { type: 2n ** 63n - 1n });
  queue.trySend('');
}

function contents(queue: MessageQueue): [bigint, string][] {
  return queue.tryReceiveMany().map(({ typeBigInt, data }) => [typeBigInt, data.toString('latin1')]);
}

const filled: [bigint, string][] = [
  [7n, Buffer.from('grüße\n').toString('latin1')],
  [2n ** 63n - 1n, bytes.toString('latin1')],
  [1n, ''],
];

it('sysvmq send --json-lines sends the lines that drainTo has written', async () => {
  const [queue, file] = [newQueue(), join(temporaryFolder(), 'messages.jsonl')] as const;
  fill(queue);
  await drainTo(queue, file);
  outputOf(['send', '--id', `${queue.id}`, '--json-lines'], { input: readFileSync(file) });
  expect(contents(queue)).toEqual(filled);
});

it('parseMessageLine reads the lines that sysvmq drain has written', () => {
  const [queue, file] = [newQueue(), join(temporaryFolder(), 'messages.jsonl')] as const;
  fill(queue);
  outputOf(['drain', '--id', `${queue.id}`, file]);
  queue.trySendMany(readFileSync(file, 'utf8').trimEnd().split('\n').map(parseMessageLine));
  expect(contents(queue)).toEqual(filled);
});
