/** What a send says of what it refuses, and what it publishes. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { MessageQueue } from '../../lib/index';
import { failureOf } from '../support/failure';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

const words = (queue: MessageQueue, data: unknown): string => failureOf(() => queue.trySend(data as never)).message;

it('what is no bytes needs a codec, a message has data, and undefined is neither', () => {
  const queue = newQueue();
  expect(words(queue, 5)).toMatch(/Values need a codec: open the queue with \{ codec: codecs\.json\(\) \}\.$/);
  queue.trySend('x');
  expect(words(queue, queue.tryReceive())).toMatch(/Send its data: message\.data\.$/);
  expect(words(queue, undefined)).not.toMatch(/codec|message\.data/);
});

it('a send beyond maxPendingSends names the option', async () => {
  const { id } = fullQueue();
  const queue = MessageQueue.attach(id, { maxPendingSends: 0 });
  expect((await rejectionOf(queue.send('x'))).message).toMatch(
    /Await the sends before it, receive faster, or allow more: the option maxPendingSends of the handle\./,
  );
});

it('the option is checked by its name', () => {
  const { id } = newQueue();
  expect(failureOf(() => MessageQueue.attach(id, { maxPendingSends: -1 })).message).toMatch(
    /"options\.maxPendingSends"/,
  );
});

it('a message that finds no room is not published as sent', async () => {
  const queue = fullQueue();
  const sent: unknown[] = [];
  const note = (message: unknown): void => void sent.push(message);
  subscribe('sysvmq:send', note);
  try {
    expect(queue.trySend('no room')).toBe(false);
    queue.tryReceive();
    expect(queue.trySend('room')).toBe(true);
    // Events are published in a microtask.
    await new Promise(setImmediate);
  } finally {
    unsubscribe('sysvmq:send', note);
  }
  expect(sent).toEqual([expect.objectContaining({ queueId: queue.id, bytes: 4 })]);
});
