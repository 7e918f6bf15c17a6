/** receive with onDecodeError, one message: skipped, replaced, or an error that has another cause. */

import { codecs, MessageQueue } from '../../lib/index';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

function queueWith(...texts: string[]): MessageQueue<unknown> {
  const queue = newQueue({ codec: codecs.json() });
  const raw = MessageQueue.attach(queue.id);
  for (const text of texts) raw.trySend(Buffer.from(text));
  return queue as MessageQueue<unknown>;
}

async function firstOf(queue: MessageQueue<unknown>, onDecodeError: () => unknown): Promise<unknown> {
  for await (const { data } of queue.messages({ onDecodeError } as never)) return data;
  return undefined;
}

it('a message that is skipped gives way to the next', async () => {
  expect(await firstOf(queueWith('{', '[', '"decodes"'), () => 'skip')).toBe('decodes');
  expect(await firstOf(queueWith('{', '"decodes"'), () => undefined)).toBe('decodes');
});

it('after a hundred skipped messages the event loop has a turn before the next', async () => {
  const queue = queueWith(...Array.from({ length: 150 }, () => '{'), '"decodes"');
  let skipped = 0;
  const first = firstOf(queue, () => {
    skipped += 1;
    return 'skip';
  });
  expect(skipped).toBe(100);
  expect(await first).toBe('decodes');
  expect(skipped).toBe(150);
});

it('a message that is replaced has the data of the replacement', async () => {
  expect(await firstOf(queueWith('{', '"decodes"'), () => 'replaced')).toBe('replaced');
});

it('an error of the queue is not one of decoding', async () => {
  const queue = queueWith();
  MessageQueue.attach(queue.id).remove();
  const handler = jest.fn(() => 'skip');
  expect(await rejectionOf(firstOf(queue, handler))).toMatchObject({ name: 'QueueRemovedError' });
  expect(handler).not.toHaveBeenCalled();
});
