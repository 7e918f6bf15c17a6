/** autoRemove: the queue goes with its handle, or with the process, or the worker, that has it. */

import { writeFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { MessageQueue } from '../../lib/index';
import { type ChildContext, inChild, startChild } from '../support/child';
import { checkpointRestore } from '../support/kernel-features';
import { remainingQueues } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { freshKey, fullQueue, newQueue, newQueueId, removeAfterTest } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const settled = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => `resolved with ${inspect(value)}`,
    (error) => error,
  );

describe('close', () => {
  it('removes the queue of a handle that has autoRemove', () => {
    const queue = MessageQueue.create(freshKey(), { autoRemove: true });
    removeAfterTest(queue.id);
    queue.trySend('still in it');
    queue.close();
    expect(remainingQueues()).not.toContain(queue.id);
  });

  it('removes no queue of any other handle', () => {
    const queue = newQueue();
    MessageQueue.attach(queue.id, { autoRemove: false }).close();
    queue.close();
    expect(remainingQueues()).toContain(queue.id);
  });

  it('removes it when the block ends that uses the handle', () => {
    let id: number;
    {
      using queue = MessageQueue.createPrivate({ autoRemove: true });
      id = removeAfterTest(queue.id);
      expect(remainingQueues()).toContain(id);
    }
    expect(remainingQueues()).not.toContain(id);
  });

  it('removes it also when the handle did not create it', () => {
    const { id } = newQueue();
    MessageQueue.attach(id, { autoRemove: true }).close();
    expect(remainingQueues()).not.toContain(id);
  });

  itSlow('does not fail when it is already removed', async () => {
    const { id } = newQueue();
    const queue = MessageQueue.attach(id, { autoRemove: true });
    await inChild(({ sysvmq }, queueId) => sysvmq.MessageQueue.attach(queueId).remove(), id);
    queue.close();
    queue.close();
    expect(queue.closed).toBe(true);
  });

  it('does not fail when several handles remove it', () => {
    const { id } = newQueue();
    const handles = [1, 2, 3].map(() => MessageQueue.attach(id, { autoRemove: true }));
    for (const queue of handles) queue.close();
    expect(remainingQueues()).not.toContain(id);
  });

  it('cancels the receives of the handle, parked or polling, before the queue goes: ERR_QUEUE_CLOSED', async () => {
    for (const spin of [0, 1_000_000]) {
      const queue = MessageQueue.createPrivate({ autoRemove: true, spin });
      removeAfterTest(queue.id);
      const outcome = settled(queue.receive());
      if (spin === 0) await untilWaiting('sysvmq-recv', 1);
      queue.close();
      expect(await outcome).toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' });
    }
  });

  it('cancels the sends of the handle before the queue goes: ERR_QUEUE_CLOSED', async () => {
    // Whether the thread hears of the close or of the removal first is chance, so many of them wait.
    const queues = Array.from({ length: 100 }, () => MessageQueue.attach(fullQueue().id, { autoRemove: true }));
    const outcomes = Promise.all(queues.map((queue) => settled(queue.send('x'))));
    await untilWaiting('sysvmq-send', queues.length);
    for (const queue of queues) queue.close();
    const codes = (await outcomes).map((error) => (error as NodeJS.ErrnoException).code);
    expect(codes).toEqual(queues.map(() => 'ERR_QUEUE_CLOSED'));
  });

  it('ends what other handles wait for, because their queue is gone: EIDRM', async () => {
    const queue = newQueue({ spin: 0 });
    const outcome = settled(queue.receive());
    await untilWaiting('sysvmq-recv', 1);
    MessageQueue.attach(queue.id, { autoRemove: true }).close();
    expect(await outcome).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM' });
  });
});

type Ending =
  | 'natural end'
  | 'natural end with a wait'
  | 'process.exit'
  | 'process.exit in an exit listener'
  | 'uncaught exception';

// Creates two queues, of which one goes with the process, and ends.
function createAndEnd({ sysvmq, say }: ChildContext, ending: Ending): void {
  const queue = sysvmq.MessageQueue.createPrivate({ autoRemove: true });
  const stays = sysvmq.MessageQueue.createPrivate();
  queue.trySend('still in it');
  process.on('exit', () => {
    if (ending === 'process.exit in an exit listener') process.exit(0);
  });
  if (ending === 'natural end with a wait') {
    queue.unref();
    queue.receive({ type: 2 });
  }
  say('created', { id: queue.id, stays: stays.id });
  setImmediate(() => {
    if (ending === 'process.exit') process.exit(0);
    if (ending === 'uncaught exception') throw new Error('thrown on purpose');
  });
}

describe('the end of the process', () => {
  itSlow.each<Ending>([
    'natural end',
    'natural end with a wait',
    'process.exit',
    'process.exit in an exit listener',
    'uncaught exception',
  ])('removes the queues of open handles that have autoRemove, and no others: %s', async (ending) => {
    const child = startChild(createAndEnd, ending);
    const { id, stays } = (await child.said('created')) as { id: number; stays: number };
    removeAfterTest(stays);
    removeAfterTest(id);
    expect(await child.exited).toMatchObject({ code: ending === 'uncaught exception' ? 1 : 0 });
    expect(remainingQueues()).toEqual([stays]);
  });

  itSlow('removes nothing when a signal ends it', async () => {
    const child = startChild(({ sysvmq, told }) => {
      const { id } = sysvmq.MessageQueue.createPrivate({ autoRemove: true });
      process.send?.({ event: 'created', value: id });
      return told();
    });
    const id = removeAfterTest((await child.said('created')) as number);
    await child.kill('SIGTERM');
    expect(remainingQueues()).toEqual([id]);
  });

  itSlow('does not fail when the queue is already removed', async () => {
    const child = startChild(async ({ sysvmq, say, told }) => {
      say('created', sysvmq.MessageQueue.createPrivate({ autoRemove: true }).id);
      await told();
    });
    const id = (await child.said('created')) as number;
    MessageQueue.attach(id).remove();
    child.tell('end');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(child.stderr).toBe('');
  });

  itSlow('has one listener for any number of handles, however often they were closed', async () => {
    const child = startChild(({ sysvmq }) => {
      // One listener looks after the waits at the end of a process, another one after the messages that it has kept.
      sysvmq.MessageQueue.createPrivate({ autoRemove: true }).close();
      const before = process.listenerCount('exit');
      for (let round = 0; round < 20; round++) sysvmq.MessageQueue.createPrivate({ autoRemove: true }).close();
      Array.from({ length: 20 }, () => sysvmq.MessageQueue.createPrivate({ autoRemove: true }));
      return process.listenerCount('exit') - before;
    });
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(remainingQueues()).toEqual([]);
    expect(child.stderr).toBe('');
    expect(await child.result).toBe(0);
  });
});

// Kernels hand an id out again after some million queues, or when they are asked to.
describe('a later queue of the same id', () => {
  function newQueueOfId(id: number): void {
    writeFileSync('/proc/sys/kernel/msg_next_id', String(id));
    expect(newQueueId()).toBe(id);
  }

  itNeeds(checkpointRestore, 'is not removed by closing again', () => {
    const queue = MessageQueue.createPrivate({ autoRemove: true });
    queue.close();
    newQueueOfId(queue.id);
    queue.close();
    expect(remainingQueues()).toEqual([queue.id]);
  });

  itNeeds(checkpointRestore, 'is not removed by closing the handle of which remove() was called', () => {
    const queue = MessageQueue.createPrivate({ autoRemove: true });
    queue.remove();
    newQueueOfId(queue.id);
    queue.close();
    expect(remainingQueues()).toEqual([queue.id]);
  });

  itNeeds(
    slow(checkpointRestore),
    'is not removed at the end of the process that had closed or removed it',
    async () => {
      const child = startChild(async ({ sysvmq, say, told }) => {
        const { createPrivate } = sysvmq.MessageQueue;
        const open = createPrivate({ autoRemove: true });
        const closed = createPrivate({ autoRemove: true });
        const removed = createPrivate({ autoRemove: true });
        closed.close();
        removed.remove();
        say('gone', [closed.id, removed.id]);
        await told();
        return open.id;
      });
      const ids = (await child.said('gone')) as number[];
      for (const id of ids) newQueueOfId(id);
      child.tell('end');
      await child.exited;
      expect(remainingQueues()).toEqual(ids);
      expect(remainingQueues()).not.toContain(await child.result);
    },
  );
});

// Runs in the worker.
function createInWorker(require: NodeJS.Require): void {
  const { parentPort, workerData } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { MessageQueue } = require(process.env['SYSVMQ_TEST_PACKAGE'] as string) as typeof import('../../lib/index');
  const queue = MessageQueue.createPrivate({ autoRemove: true });
  if (workerData !== 'natural end') queue.receive();
  parentPort?.postMessage(queue.id);
  setImmediate(() => {
    if (workerData === 'process.exit') process.exit(0);
    if (workerData === 'uncaught exception') throw new Error('thrown on purpose');
  });
}

// Starts the worker, waits for its end, and returns its queue, one of its own, and all that are left.
async function endWorker({ sysvmq, require }: ChildContext, options: { ending: string; workerSource: string }) {
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  const { readFileSync } = require('node:fs') as typeof import('node:fs');
  const mine = sysvmq.MessageQueue.createPrivate({ autoRemove: true });
  const worker = new Worker(`(${options.workerSource})(require)`, { eval: true, workerData: options.ending });
  worker.on('error', () => undefined);
  const exited = new Promise((resolve) => worker.once('exit', resolve));
  const its = await new Promise<number>((resolve) => worker.once('message', resolve));
  if (options.ending === 'terminate') await worker.terminate();
  await exited;
  const [, ...lines] = readFileSync('/proc/sysvipc/msg', 'latin1').trim().split('\n');
  return { mine: mine.id, its, left: lines.map((line) => Number(line.trim().split(/\s+/)[1])) };
}

describe('the end of a worker', () => {
  itSlow.each(['natural end', 'process.exit', 'uncaught exception', 'terminate'])(
    'removes the queues of its open handles that have autoRemove, and no others: %s',
    async (ending) => {
      const { mine, its, left } = await inChild(endWorker, { ending, workerSource: createInWorker.toString() });
      removeAfterTest(its);
      expect(left).toEqual([mine]);
      expect(remainingQueues()).not.toContain(mine);
    },
  );
});
