/** The options of a handle: what each is when it is left out, and how the error of a wrong one names it. */

import { MessageQueue } from '../../lib/index';
import { failureOf } from '../support/failure';
import { remainingQueues } from '../support/namespace';
import { newQueue } from '../support/queues';

it('a handle without autoRemove leaves its queue when it is closed', () => {
  const queue = newQueue();
  queue.close();
  expect(remainingQueues()).toContain(queue.id);
});

it('a handle without type sends messages of type 1', () => {
  const queue = newQueue();
  queue.trySend('x');
  expect(queue.tryReceive()?.type).toBe(1);
});

it.each<[option: string, options: object]>([
  ['type', { type: 0 }],
  ['type', { type: '1' }],
  ['spin', { spin: -1 }],
  ['spin', { spin: 1_000_001 }],
  ['spin', { spin: '1' }],
  ['autoRemove', { autoRemove: 1 }],
  ['maxPendingSends', { maxPendingSends: -1 }],
  ['mode', { mode: 0o1000 }],
  ['maxBytes', { maxBytes: -1 }],
  ['codec', { codec: {} }],
])('the error of a wrong %s names the option: %j', (option, options) => {
  expect(failureOf(() => MessageQueue.createPrivate(options)).message).toContain(`"options.${option}"`);
});
