/** peek of an empty message, and with each kind of selection. */

import { codecs, type Message, type MessageQueue, type Select } from '../../lib/index';
import { newQueue } from '../support/queues';

it('an empty message is one', () => {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySend('', { type: 5 });
  expect(queue.peek()).toMatchObject({ type: 5, data: '' });
  expect(queue.stat().messageCount).toBe(1);
});

it('a selection takes the lowest type, all but one, or one', () => {
  const queue = newQueue({ codec: codecs.utf8 });
  for (const type of [3, 2, 4]) queue.trySend(`of type ${type}`, { type });
  expect(queue.peek({ upTo: 9 })?.type).toBe(2);
  expect(queue.peek({ except: 3 })?.type).toBe(2);
  expect(queue.peek({ type: 4 })?.type).toBe(4);
});

it.each<[call: string, take: (queue: MessageQueue<string>, select: Select) => Message<string> | undefined]>([
  ['peek', (queue, select) => queue.peek(select)],
  ['peek of a type', (queue, select) => queue.peek({ ...select, type: 1 } as Select)],
  ['tryReceive', (queue, select) => queue.tryReceive(select)],
  ['tryReceiveMany', (queue, select) => queue.tryReceiveMany(select)[0]],
])('%s cuts a message that is longer than maxLength, and none that is as long', (_, take) => {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySend('abcd');
  expect(take(queue, { maxLength: 4, truncate: true })).toMatchObject({ data: 'abcd', truncated: false });
  queue.trySend('abcd');
  expect(take(queue, { maxLength: 3, truncate: true })).toMatchObject({ data: 'abc', truncated: true });
});
