/** waitForMessage: resolves when there is a message, and takes nothing. */

import type * as library from '../../lib/index';
import { AbortError, MessageQueue, QueueClosedError, QueueRemovedError, TimeoutError } from '../../lib/index';
import { countKept } from '../../lib/native/taken-calls';
import { until } from '../support/child';
import { checkpointRestore } from '../support/kernel-features';
import { itNeeds } from '../support/needs';
import { newQueue, newQueueId } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { untilWaiting } from '../support/waiting-threads';
import { withWatchedAddon } from '../support/watched-addon';

describe.each([
  ['parked', 0],
  ['polled for', 1_000_000],
])('%s', (_, spin) => {
  it.each(['hello', ''])('it resolves when a message comes (%j), which is there afterwards', async (text) => {
    const queue = newQueue({ spin });
    const there = queue.waitForMessage();
    if (spin === 0) await untilWaiting('sysvmq-recv', 1);
    queue.trySend(text, { type: 4 });
    await there;
    expect(queue.stat().messageCount).toBe(1);
    expect(queue.tryReceive()).toMatchObject({ type: 4, data: Buffer.from(text) });
  });

  it('waitForMessage waits for the type that it was asked for', async () => {
    const queue = newQueue({ spin });
    queue.trySend('another', { type: 1 });
    const there = queue.waitForMessage({ type: 2 });
    expect(await hasSettled(there)).toBe(false);
    queue.trySend('wanted', { type: 2 });
    await there;
    expect(queue.stat().messageCount).toBe(2);
  });
});

it.each([
  ['any', undefined],
  ['a type', { type: 3 }],
  ['another type', { except: 9 }],
  ['a type up to', { upTo: 3 }],
])('a message that is there resolves a wait for %s at once', async (_, select) => {
  const queue = newQueue();
  queue.trySend('', { type: 3 });
  await queue.waitForMessage(select);
  await until('it is in the queue', () => queue.stat().messageCount === 1);
  expect(countKept()).toBe(0);
});

it.each([
  ['any', undefined],
  ['a type', { type: 3 }],
])('a message that is there is enough for a wait for %s with a timeout of 0', async (_, select) => {
  const queue = newQueue();
  queue.trySend('x', { type: 3 });
  await queue.waitForMessage({ ...select, timeout: 0 });
  expect(queue.stat().messageCount).toBe(1);
});

itNeeds(checkpointRestore, 'waitForMessage without a selection takes no empty message, not for a moment', async () => {
  const queue = newQueue();
  queue.trySendMany([{ data: '' }, { data: 'second' }]);
  await queue.waitForMessage();
  expect(countKept()).toBe(0);
  expect(queue.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['', 'second']);
});

it('waitForMessage finds an empty message though the queue is removed at that moment', async () => {
  let removes = false;
  const { MessageQueue: Watched } = withWatchedAddon(
    (addon) => ({
      readStatus: () => {
        // The registers name the queue, whose status is read once the message was taken.
        if (removes) addon.removeQueue();
        return addon.readStatus();
      },
    }),
    () => require('../../lib/index') as typeof library,
  );
  const queue = Watched.attach(newQueueId());
  queue.trySend('', { type: 3 });
  removes = true;
  await queue.waitForMessage({ type: 3 });
  expect(() => queue.trySend('x')).toThrow(expect.objectContaining({ name: 'QueueRemovedError' }));
});

it('waitForMessage loses no empty message', async () => {
  const queue = newQueue();
  queue.trySendMany([{ data: 'a' }, { data: '', type: 2 }, { data: 'c' }]);
  await queue.waitForMessage({ type: 2 });
  expect(queue.tryReceive({ type: 2 })?.data.length).toBe(0);
  expect(queue.stat().messageCount).toBe(2);
});

it('waitForMessage waits in line: an earlier receive takes the message, a later one finds it', async () => {
  const queue = newQueue({ spin: 0 });
  const first = queue.receive();
  const there = queue.waitForMessage();
  const last = queue.receive();
  queue.trySend('one');
  expect((await first).data.toString()).toBe('one');
  expect(await hasSettled(there)).toBe(false);
  queue.trySend('two');
  await there;
  expect((await last).data.toString()).toBe('two');
});

it('one message resolves every waitForMessage', async () => {
  const queue = newQueue();
  const waits = Array.from({ length: 20 }, () => queue.waitForMessage());
  queue.trySend('one');
  await Promise.all(waits);
  expect(queue.stat().messageCount).toBe(1);
});

it('waitForMessage can be canceled', async () => {
  const queue = newQueue();
  expect(await rejectionOf(queue.waitForMessage({ timeout: 0 }))).toBeInstanceOf(TimeoutError);
  expect(await rejectionOf(queue.waitForMessage({ timeout: 1 }))).toBeInstanceOf(TimeoutError);
  expect(await rejectionOf(queue.waitForMessage({ signal: AbortSignal.abort() }))).toBeInstanceOf(AbortError);
  const aborted = new AbortController();
  const wait = rejectionOf(queue.waitForMessage({ signal: aborted.signal }));
  aborted.abort();
  expect(await wait).toBeInstanceOf(AbortError);
  const removed = rejectionOf(queue.waitForMessage());
  MessageQueue.attach(queue.id).remove();
  expect(await removed).toBeInstanceOf(QueueRemovedError);
  const other = newQueue();
  const closed = rejectionOf(other.waitForMessage());
  other.close();
  expect(await closed).toBeInstanceOf(QueueClosedError);
});

it('a loop of it leaves the event loop to others', async () => {
  const queue = newQueue();
  queue.trySend('stays');
  let turns = 0;
  setImmediate(() => {
    turns += 1;
  });
  for (let i = 0; turns === 0 && i < 1_000_000; i++) await queue.waitForMessage();
  expect(turns).toBe(1);
});
