/** Whether the event loop is to stay alive, as the addon learns it. ref-unref.test.ts shows it of real processes. */

import type * as library from '../../lib/index';
import { newQueueId } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { withWatchedAddon } from '../support/watched-addon';

let isReferenced = false;

const { MessageQueue } = withWatchedAddon(
  (addon) => ({
    referenceMailbox: () => {
      const place = addon.layout().registers.indexOf('referenced');
      isReferenced = addon.registers[place] === 1;
      addon.referenceMailbox();
    },
  }),
  () => require('../../lib/index') as typeof library,
);

/** A handle of a new queue, and a second one of the same queue. */
function twoHandles(): [library.MessageQueue, library.MessageQueue] {
  const id = newQueueId();
  return [MessageQueue.attach(id, { spin: 0 }), MessageQueue.attach(id, { spin: 0 })];
}

/** A receive that waits, and a function that cancels it. */
function waitOn(queue: library.MessageQueue): () => Promise<unknown> {
  const controller = new AbortController();
  const rejected = rejectionOf(queue.receive({ signal: controller.signal }));
  return () => {
    controller.abort();
    return rejected;
  };
}

afterEach(() => expect(isReferenced).toBe(false));

it('the event loop stays alive from the first wait to the end of the last', async () => {
  const [queue, other] = twoHandles();
  const [endFirst, endSecond] = [waitOn(queue), waitOn(other)];
  expect(isReferenced).toBe(true);
  await endFirst();
  expect(isReferenced).toBe(true);
  await endSecond();
  expect(isReferenced).toBe(false);
});

it('a wait that finds its message no longer keeps the event loop alive', async () => {
  const [queue] = twoHandles();
  const received = queue.receive();
  expect(isReferenced).toBe(true);
  queue.trySend('x');
  await received;
  expect(isReferenced).toBe(false);
});

it('unref() applies to each pending wait of its handle, and ref() takes that back', async () => {
  const [queue] = twoHandles();
  const ends = [waitOn(queue), waitOn(queue), waitOn(queue)];
  queue.unref();
  expect(isReferenced).toBe(false);
  queue.ref();
  expect(isReferenced).toBe(true);
  for (const end of ends) await end();
});

it('a ref() that changes nothing counts no wait twice, and neither does an unref()', async () => {
  const [queue, other] = twoHandles();
  const [end, endOther] = [waitOn(queue), waitOn(other)];
  queue.ref();
  queue.unref();
  queue.unref();
  expect(isReferenced).toBe(true);
  await endOther();
  expect(isReferenced).toBe(false);
  queue.ref();
  queue.ref();
  await end();
});

it('the end of a wait of an unreferenced handle leaves the waits of others alone', async () => {
  const [queue, other] = twoHandles();
  queue.unref();
  const [end, endOther] = [waitOn(queue), waitOn(other)];
  await end();
  expect(isReferenced).toBe(true);
  await endOther();
});

it('a wait that starts after one of an unreferenced handle has ended keeps the event loop alive', async () => {
  const [queue, other] = twoHandles();
  queue.unref();
  await waitOn(queue)();
  const endOther = waitOn(other);
  expect(isReferenced).toBe(true);
  await endOther();
});
