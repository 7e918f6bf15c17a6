/** Calls that wait, where there is nothing to wait for: what they take or send at once, and how they leave others their turn. */

import { codecs, MessageQueue } from '../../lib/index';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

const MESSAGES = 3000;

function queueWith(count: number): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySendMany(Array.from({ length: count }, () => ({ data: 'x' })));
  return queue;
}

it.each<[call: string, take: (queue: MessageQueue<string>) => Promise<unknown>]>([
  ['receive', (queue) => queue.receive()],
  ['receiveMany', (queue) => queue.receiveMany({ max: 1 })],
  ['next() of messages()', (queue) => queue.messages().next()],
])('a loop of %s over messages that are there leaves the event loop to others', async (_, take) => {
  const queue = queueWith(MESSAGES);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  for (let taken = 0; !turned && taken < MESSAGES; taken++) await take(queue);
  expect(turned).toBe(true);
});

it.each<[call: string, send: (queue: MessageQueue<string>) => Promise<unknown>]>([
  ['send', (queue) => queue.send('x')],
  ['sendMany', (queue) => queue.sendMany([{ data: 'x' }])],
])('a loop of %s into a queue with room leaves the event loop to others', async (_, send) => {
  const queue = queueWith(0);
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  for (let sent = 0; !turned && sent < MESSAGES; sent++) await send(queue);
  expect(turned).toBe(true);
});

const reason = new Error('on purpose');
const signal = AbortSignal.abort(reason);

it.each<[call: string, syscall: string, wait: (queue: MessageQueue) => Promise<unknown>]>([
  ['receive', 'msgrcv', (queue) => queue.receive({ timeout: 0, type: 9 })],
  ['receiveMany', 'msgrcv', (queue) => queue.receiveMany({ timeout: 0, type: 9 })],
  ['waitForMessage', 'msgrcv', (queue) => queue.waitForMessage({ timeout: 0, type: 9 })],
  ['send', 'msgsnd', (queue) => queue.send('x', { timeout: 0 })],
  ['sendMany', 'msgsnd', (queue) => queue.sendMany([{ data: 'x' }], { timeout: 0 })],
])('%s with a timeout of 0 ends without a wait', async (_, syscall, wait) => {
  const queue = fullQueue();
  const rejected = rejectionOf(wait(queue));
  expect(queue.pendingSends).toBe(0);
  expect(await rejected).toMatchObject({ code: 'ETIMEDOUT', syscall, queueId: queue.id });
  expect(queue.stat().messageCount).toBe(1);
});

it.each<[call: string, syscall: string, wait: (queue: MessageQueue) => Promise<unknown>]>([
  ['receive', 'msgrcv', (queue) => queue.receive({ signal })],
  ['receiveMany', 'msgrcv', (queue) => queue.receiveMany({ signal })],
  ['waitForMessage', 'msgrcv', (queue) => queue.waitForMessage({ signal })],
  ['messages', 'msgrcv', async (queue) => queue.messages({ signal })],
  ['send', 'msgsnd', (queue) => queue.send('x', { signal })],
  ['sendMany', 'msgsnd', (queue) => queue.sendMany([{ data: 'x' }], { signal })],
])('%s with a signal that is aborted already fails before any attempt, with the call and the queue', async (...row) => {
  const [, syscall, wait] = row;
  const queue = newQueue();
  queue.trySend('stays');
  const error = await rejectionOf(wait(queue));
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', syscall, queueId: queue.id, cause: reason });
  expect((error as Error).message).toMatch(
    new RegExp(`^${syscall} on queue 0x[0-9a-f]+ \\(id ${queue.id}\\) was aborted`),
  );
  expect(queue.stat().messageCount).toBe(1);
});

it.each<[call: string, take: (queue: MessageQueue) => Promise<unknown>]>([
  ['receive', (queue) => queue.receive({ timeout: 0 })],
  ['receive with nowait', (queue) => queue.receive({ nowait: true })],
  ['receiveMany', (queue) => queue.receiveMany({ timeout: 0 })],
])('%s takes what is there without a wait', async (_, take) => {
  const queue = newQueue();
  queue.trySend('there');
  await take(queue);
  expect(queue.stat().messageCount).toBe(0);
});

it('many messages of which one is longer than any message can be are refused, and none is sent', async () => {
  const queue = newQueue();
  const messages = [{ data: 'x' }, { data: new Uint8Array(2 ** 31) }];
  const error = await rejectionOf(queue.sendMany(messages));
  expect(error).toMatchObject({ name: 'MessageTooLargeError', requested: 2 ** 31 });
  expect(() => queue.trySendMany(messages)).toThrow(expect.objectContaining({ name: 'MessageTooLargeError' }));
  expect(queue.stat().messageCount).toBe(0);
  expect(MessageQueue.attach(queue.id).pendingSends).toBe(0);
});
