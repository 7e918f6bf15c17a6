/** A wait whose signal is aborted already fails before any attempt, and its error names the call and the queue. */

import type { MessageQueue } from '../../lib/index';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

const reason = new Error('on purpose');
const signal = AbortSignal.abort(reason);

it.each<[call: string, syscall: string, wait: (queue: MessageQueue) => Promise<unknown>]>([
  ['receive', 'msgrcv', (queue) => queue.receive({ signal })],
  ['receiveMany', 'msgrcv', (queue) => queue.receiveMany({ signal })],
  ['waitForMessage', 'msgrcv', (queue) => queue.waitForMessage({ signal })],
  ['messages', 'msgrcv', async (queue) => queue.messages({ signal })],
  ['send', 'msgsnd', (queue) => queue.send('x', { signal })],
  ['sendMany', 'msgsnd', (queue) => queue.sendMany([{ data: 'x' }], { signal })],
])('%s', async (_, syscall, wait) => {
  const queue = newQueue();
  queue.trySend('stays');
  const error = await rejectionOf(wait(queue));
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', syscall, queueId: queue.id, cause: reason });
  expect((error as Error).message).toMatch(
    new RegExp(`^${syscall} on queue 0x[0-9a-f]+ \\(id ${queue.id}\\) was aborted`),
  );
  expect(queue.stat().messageCount).toBe(1);
});
