/** The lines of receives and sends: what they take from a thread, in which order, and that nothing of an empty one stays. */

import { MessageQueue } from '../../lib/index';
import { HandleWaits } from '../../lib/messages/handle-waits';
import { anyMessage } from '../../lib/messages/selector';
import { leaveMailbox } from '../../lib/native/events';
import { endless } from '../../lib/waiting/cancellation';
import { enqueueReceive } from '../../lib/waiting/pending-receive';
import type { PendingReceive } from '../../lib/waiting/receivers';
import { until } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { drain } from '../support/streams';
import { threadsInKernel, threadsRest, untilWaiting } from '../support/waiting-threads';

/** A wait that is canceled once its thread is in the kernel. */
async function canceled(wait: (signal: AbortSignal) => Promise<unknown>, thread: 'sysvmq-recv' | 'sysvmq-send') {
  const controller = new AbortController();
  const rejected = rejectionOf(wait(controller.signal));
  await untilWaiting(thread, 1);
  controller.abort();
  await rejected;
}

describe('nothing is left to wait for', () => {
  // The next wait gets the first slot of a new mailbox.
  beforeEach(() => until('no wait of another test is left', leaveMailbox));

  it('when the handle of a canceled receive is closed', async () => {
    const queue = newQueue({ spin: 0 });
    await canceled((signal) => queue.receive({ signal }), 'sysvmq-recv');
    queue.close();
    expect(leaveMailbox()).toBe(true);
  });

  it('when the handle of a canceled send is closed', async () => {
    const queue = MessageQueue.attach(fullQueue().id, { spin: 0 });
    await canceled((signal) => queue.send('x', { signal }), 'sysvmq-send');
    queue.close();
    expect(leaveMailbox()).toBe(true);
  });

  it('when the lines of a handle that stays open are empty', async () => {
    const [empty, full] = [newQueue({ spin: 0 }), MessageQueue.attach(fullQueue().id, { spin: 0 })];
    await canceled((signal) => empty.receive({ signal }), 'sysvmq-recv');
    await canceled((signal) => full.send('x', { signal }), 'sysvmq-send');
    expect(leaveMailbox()).toBe(true);
  });
});

it('a send behind one that a thread has leaves it to the thread, though there is room by now', async () => {
  const queue = fullQueue();
  const sender = MessageQueue.attach(queue.id, { spin: 0 });
  const first = sender.send('a');
  await untilWaiting('sysvmq-send', 1);
  queue.tryReceive();
  const second = sender.send('b');
  await Promise.all([first, second]);
  await until('the thread has sent what it had', () => threadsRest('sysvmq-send'));
  expect(drain(queue)).toEqual(['a', 'b']);
});

it('a canceled receive has its thread leave the kernel, where it would take an empty message', async () => {
  const queue = newQueue({ spin: 0 });
  await canceled((signal) => queue.receive({ signal }), 'sysvmq-recv');
  await until('its thread rests', () => threadsRest('sysvmq-recv'));
  expect(threadsInKernel('sysvmq-recv')).toEqual([]);
});

it('receives after one that was canceled when its message was announced get a message each', async () => {
  const queue = newQueue({ spin: 0 });
  const controller = new AbortController();
  const first = rejectionOf(queue.receive({ signal: controller.signal }));
  await untilWaiting('sysvmq-recv', 1);
  queue.trySend('for nobody');
  // In this turn, so that the event is still on its way when the receive is canceled.
  while (!threadsRest('sysvmq-recv'));
  controller.abort();
  expect(queue.tryReceive()?.data.toString()).toBe('for nobody');
  await first;
  for (let round = 0; round < 2; round++) {
    const received = [queue.receive(), queue.receive()];
    await untilWaiting('sysvmq-recv', 1);
    queue.trySend('one');
    expect((await received[0])?.data.toString()).toBe('one');
    queue.trySend('two');
    expect((await received[1])?.data.toString()).toBe('two');
  }
});

it('a receive that is taking its message does not fail any longer, and settles once', async () => {
  const queue = newQueue();
  const settled: unknown[] = [];
  const settle = { resolve: (value: string) => settled.push(value), reject: (error: unknown) => settled.push(error) };
  const take = (): string | undefined => {
    const message = queue.tryReceive();
    pending.fail(new Error('while it takes'));
    return message?.data.toString();
  };
  const receiver = { id: queue.id, spin: 0, waits: new HandleWaits() };
  const pending = enqueueReceive(receiver, anyMessage, endless, { take }, settle) as unknown as PendingReceive;
  queue.trySend('taken');
  await until('it has settled', () => settled.length > 0);
  pending.fail(new Error('afterwards'));
  expect(settled).toEqual(['taken']);
});

it.each([
  ['has its message', 'message'],
  ['times out', 'timeout'],
  ['is closed', 'close'],
])('a wait that %s leaves its signal to the other waits', async (_, end) => {
  const [queue, other] = [newQueue(), newQueue()];
  const controller = new AbortController();
  const { signal } = controller;
  const first = queue.receive(end === 'timeout' ? { signal, timeout: 1 } : { signal });
  const second = rejectionOf(other.receive({ signal }));
  if (end === 'message') queue.trySend('x');
  if (end === 'close') queue.close();
  await Promise.allSettled([first]);
  controller.abort();
  expect(await second).toMatchObject({ code: 'ABORT_ERR', queueId: other.id });
});
