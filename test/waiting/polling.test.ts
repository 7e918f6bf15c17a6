/** The short while for which the event loop tries again before a thread waits (`spin`), and who stays away from a queue. */

import { setImmediate as turn } from 'node:timers/promises';
import { AbortError, MessageQueue, MessageTooLargeError, QueueClosedError, QueueRemovedError } from '../../lib/index';
import { pollingIsSuspended } from '../../lib/waiting/poller';
import { startChild, until } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { drain } from '../support/streams';
import { threadsNamed, untilNoThreads, untilWaiting } from '../support/waiting-threads';

/** Microseconds for which nothing here ends. */
const LONG = 1_000_000;

/** Where other processes have wanted the processor meanwhile, nobody polls for a while, and a thread is right. */
function expectNoThread(name: 'sysvmq-send' | 'sysvmq-recv'): void {
  if (!pollingIsSuspended()) expect(threadsNamed(name)).toEqual([]);
}

const polling = (queue: MessageQueue): MessageQueue => MessageQueue.attach(queue.id, { spin: LONG });

describe('a send that polls', () => {
  beforeEach(() => untilNoThreads());

  it('is sent when there is room, without a thread', async () => {
    const queue = fullQueue();
    const sent = polling(queue).send('next');
    await turn();
    queue.tryReceive();
    await sent;
    expectNoThread('sysvmq-send');
    expect(drain(queue)).toEqual(['next']);
  });

  it('keeps those behind it in order', async () => {
    const queue = fullQueue(4);
    const sender = polling(queue);
    const sends = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => sender.send(text.repeat(2)));
    const seen: string[] = [];
    while (seen.length < 7) {
      const message = queue.tryReceive();
      if (message !== undefined) seen.push(message.data.toString());
      await turn();
    }
    await Promise.all(sends);
    expect(seen).toEqual(['xxxx', 'aa', 'bb', 'cc', 'dd', 'ee', 'ff']);
    expectNoThread('sysvmq-send');
  });

  it.each<[string, (sender: MessageQueue, controller: AbortController) => void, new (...args: never[]) => Error]>([
    ['its signal is aborted', (_, controller) => controller.abort(), AbortError],
    ['its handle is closed', (sender) => sender.close(), QueueClosedError],
    ['its queue is removed', (sender) => sender.remove(), QueueRemovedError],
  ])('is not sent when %s', async (_, giveUp, expected) => {
    const queue = fullQueue();
    const sender = polling(queue);
    const controller = new AbortController();
    const sends = ['never', 'neither'].map((text) => rejectionOf(sender.send(text, { signal: controller.signal })));
    await turn();
    giveUp(sender, controller);
    for (const error of await Promise.all(sends)) expect(error).toBeInstanceOf(expected);
    if (expected !== QueueRemovedError) expect(drain(queue)).toEqual(['x'.repeat(10)]);
    queue.close();
  });

  it('gives way to sendSync, which sends what waits first', async () => {
    const queue = fullQueue();
    const sender = polling(queue);
    const reader = startChild(({ sysvmq, say }, id) => {
      const own = sysvmq.MessageQueue.attach(id);
      say('ready');
      own.receiveSync();
    }, queue.id);
    await reader.said('ready');
    const sent = sender.send('first');
    sender.sendSync('last', { timeout: 10_000 });
    await sent;
    await reader.result;
    expect(drain(queue)).toEqual(['first', 'last']);
  });

  itSlow('is handed to a thread when its polling time is up, and rejects when it can no longer fit', async () => {
    const queue = fullQueue();
    const sent = MessageQueue.attach(queue.id, { spin: 20 }).send('0123456789');
    await untilWaiting('sysvmq-send', 1);
    expect(await hasSettled(sent)).toBe(false);
    queue.set({ maxBytes: 5 });
    expect(await rejectionOf(sent)).toBeInstanceOf(MessageTooLargeError);
  });
});

describe('a receiver that always looks too late', () => {
  it('has every message that no other receiver takes', async () => {
    const queue = newQueue();
    const child = startChild(async ({ sysvmq, say }, id) => {
      const own = sysvmq.MessageQueue.attach(id, { spin: 0 });
      const received = own.receive();
      say('waiting');
      return (await received).data.toString();
    }, queue.id);
    await child.said('waiting');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    let taken = 0;
    for (let round = 0; round < 200; round++) {
      queue.trySend('for us');
      if (queue.tryReceive() !== undefined) taken += 1;
      await turn();
    }
    // It may have been quicker once; then it has gone with that.
    if (taken === 200) queue.trySend('for the other');
    expect(['for us', 'for the other']).toContain(await child.result);
    await until('the queue is empty', () => queue.stat().messageCount === 0);
  });

  it('ends at once when it is closed while it stays away', async () => {
    const queue = newQueue();
    const handle = MessageQueue.attach(queue.id, { spin: 0 });
    const received = handle.receive();
    await untilWaiting('sysvmq-recv', 1);
    for (let round = 0; round < 50; round++) {
      queue.trySend('');
      queue.trySend('x');
      while (queue.tryReceive() !== undefined);
      await turn();
    }
    handle.close();
    const outcome = await received.then(
      ({ data }) => data.length,
      (error) => error.name,
    );
    // An empty message goes to whoever waits.
    expect([0, 1, 'QueueClosedError']).toContain(outcome);
  });
});

itSlow('a receive beside a busy process on its processor does not poll for long', async () => {
  const queue = newQueue();
  const child = startChild(
    async ({ sysvmq, require, say }, { id, spin }) => {
      const { spawn } = require('node:child_process') as typeof import('node:child_process');
      const busy = spawn('sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
      try {
        const received = sysvmq.MessageQueue.attach(id, { spin }).receive();
        say('receiving');
        return (await received).data.toString();
      } finally {
        busy.kill('SIGKILL');
      }
    },
    { id: queue.id, spin: LONG },
    { prefix: ['taskset', '--cpu-list', '0'] },
  );
  await child.said('receiving');
  // Polling would go on for a second; a thread waits long before that, and again for the next second.
  await untilWaiting('sysvmq-recv', 1, child.pid);
  queue.trySend('here');
  expect(await child.result).toBe('here');
});
