/** Waits for which the addon has no thread: here because it says so; in no-thread.test.ts a limit of the system is reached. */

import { constants } from 'node:os';
import type * as library from '../../lib/index';
import { lookDelay } from '../../lib/waiting/without-thread';
import { until } from '../support/child';
import { newQueueId } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { untilWaiting } from '../support/waiting-threads';
import { withWatchedAddon } from '../support/watched-addon';

const EAGAIN = -constants.errno.EAGAIN;

let hasThreads = false;
/** How often a thread was asked for without success. */
let refused = 0;

function refuse(): number {
  refused += 1;
  return EAGAIN;
}

const newCopy = (): typeof library =>
  withWatchedAddon(
    (addon) => ({
      arm: () => (hasThreads ? addon.arm() : refuse()),
      startSend: () => (hasThreads ? addon.startSend() : refuse()),
    }),
    () => require('../../lib/index') as typeof library,
  );

const ours = newCopy();

let warn: jest.SpyInstance;
beforeEach(() => {
  hasThreads = false;
  refused = 0;
  warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
});
afterEach(() => warn.mockRestore());

function newQueue({ MessageQueue } = ours): library.MessageQueue {
  return MessageQueue.attach(newQueueId(), { spin: 0 });
}

function fullQueue(): library.MessageQueue {
  const queue = newQueue();
  queue.set({ maxBytes: 10 });
  queue.trySend('x'.repeat(10));
  return queue;
}

it('the looks come after 1, 2, 4 and 8 ms, and then every 16', () => {
  expect([0, 1, 2, 3, 4, 5, 100].map(lookDelay)).toEqual([1, 2, 4, 8, 16, 16, 16]);
});

it('receives go on by timers, in order, and look for a thread each time', async () => {
  const queue = newQueue();
  const received = [queue.receive(), queue.receive()].map(async (message) => (await message).data.toString());
  await until('it has looked', () => refused >= 3);
  queue.trySendMany([{ data: 'first' }, { data: 'second' }]);
  expect(await Promise.all(received)).toEqual(['first', 'second']);
});

it('sends go on by timers, in order, and look for a thread each time', async () => {
  const queue = fullQueue();
  const sends = [queue.send('first'), queue.sendMany([{ data: 'second' }, { data: 'third' }])];
  await until('it has looked', () => refused >= 3);
  queue.tryReceive();
  queue.set({ maxBytes: 100 });
  await Promise.all(sends);
  expect(queue.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['first', 'second', 'third']);
});

it('waits that look by timers can be canceled, and then neither take nor send', async () => {
  const [empty, full] = [newQueue(), fullQueue()];
  const controller = new AbortController();
  const { signal } = controller;
  const rejected = [rejectionOf(empty.receive({ signal })), rejectionOf(full.send('never', { signal }))];
  await until('both have looked', () => refused >= 4);
  controller.abort();
  for (const error of await Promise.all(rejected)) expect(error).toMatchObject({ code: 'ABORT_ERR' });
  empty.trySend('stays');
  full.tryReceive();
  // By then the timers of both would have come.
  const before = refused;
  const other = newQueue();
  const waiting = rejectionOf(other.receive());
  await until('another wait has looked after 1, 2, 4, 8 and 16 ms', () => refused >= before + 6);
  expect([empty.stat().messageCount, full.stat().messageCount]).toEqual([1, 0]);
  other.close();
  await waiting;
});

it('waits have a thread as soon as there is one', async () => {
  const [empty, full] = [newQueue(), fullQueue()];
  const received = empty.receive();
  const sent = full.send('sent');
  await until('both have looked', () => refused >= 2);
  hasThreads = true;
  await untilWaiting('sysvmq-recv', 1);
  await untilWaiting('sysvmq-send', 1);
  empty.trySend('received');
  full.tryReceive();
  await sent;
  expect((await received).data.toString()).toBe('received');
});

it.each([
  [1, '1 wait needs one each'],
  [2, '2 waits need one each'],
])('one warning says how many waits need a thread, and what to check: %d', async (count, words) => {
  const queue = newQueue(newCopy()); // A copy warns once.
  hasThreads = true;
  const waits = Array.from({ length: count - 1 }, (_, index) => queue.receive({ type: index + 1 }));
  hasThreads = false;
  waits.push(queue.receive({ type: 8 }), queue.receive({ type: 9 }));
  expect(warn.mock.calls).toEqual([
    [
      expect.stringMatching(new RegExp(`^sysvmq: there is no thread to wait with \\(${words}\\)\\. .* every 16 ms`)),
      {
        type: 'SysvmqWarning',
        code: 'SYSVMQ_NO_THREAD',
        detail: expect.stringMatching(/ulimit -u.*pids\.max.*TasksMax.*--pids-limit.*seccomp/),
      },
    ],
  ]);
  queue.close();
  await Promise.allSettled(waits);
});
