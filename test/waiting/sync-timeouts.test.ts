/** sendSync and receiveSync with a timeout, and beside sends that wait on the event loop. */

import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type MessageQueue, QueueFullError, TimeoutError } from '../../lib/index';
import { startChild } from '../support/child';
import { failure } from '../support/failure';
import { fullQueue, newQueue } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { drain } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

function millisecondsOf(call: () => void): number {
  const start = performance.now();
  call();
  return performance.now() - start;
}

describe('receiveSync', () => {
  it.each([1, 20, 150])('times out after %p ms, not before', (timeout) => {
    const queue = newQueue();
    let error: unknown;
    const taken = millisecondsOf(() => {
      error = failure(() => queue.receiveSync({ timeout }));
    });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'msgrcv', queueId: queue.id });
    expect(taken).toBeGreaterThanOrEqual(timeout - 1);
  });

  it('takes what is there with a timeout of 0', () => {
    const queue = newQueue();
    queue.trySend('there');
    expect(queue.receiveSync({ timeout: 0 }).data.toString()).toBe('there');
    expect(failure(() => queue.receiveSync({ timeout: 0 }))).toBeInstanceOf(TimeoutError);
  });

  it('waits for a message that matches, and leaves the others', () => {
    const queue = newQueue();
    queue.trySend('other', { type: 1 });
    expect(failure(() => queue.receiveSync({ type: 2, timeout: 5 }))).toMatchObject({ code: 'ETIMEDOUT' });
    expect(queue.stat().messageCount).toBe(1);
  });

  itSlow.each([
    ['with text', 'came'],
    ['without a byte', ''],
  ])('takes a message %s that comes in time', async (_, text) => {
    const queue = newQueue();
    const receiver = startChild(
      ({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).receiveSync({ timeout: 50_000 }).data.toString(),
      queue.id,
    );
    await receiver.blockedIn('msgrcv');
    queue.trySend(text);
    expect(await receiver.result).toBe(text);
    expect(queue.stat().messageCount).toBe(0);
  });
});

describe('sendSync', () => {
  it.each([1, 20, 150])('times out after %p ms, not before', (timeout) => {
    const queue = fullQueue();
    let error: unknown;
    const taken = millisecondsOf(() => {
      error = failure(() => queue.sendSync('x', { timeout }));
    });
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'msgsnd', queueId: queue.id });
    expect(taken).toBeGreaterThanOrEqual(timeout - 1);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('sends with a timeout of 0 when there is room', () => {
    const queue = newQueue({ maxBytes: 1 });
    queue.sendSync('a', { timeout: 0 });
    expect(failure(() => queue.sendSync('b', { timeout: 0 }))).toBeInstanceOf(TimeoutError);
    expect(drain(queue)).toEqual(['a']);
  });

  itSlow('sends when there is room in time', async () => {
    const queue = fullQueue();
    const sender = startChild(
      ({ sysvmq }, id) => sysvmq.MessageQueue.attach(id).sendSync('waited', { timeout: 50_000 }),
      queue.id,
    );
    await sender.blockedIn('msgsnd');
    queue.tryReceive();
    await sender.result;
    expect(drain(queue)).toEqual(['waited']);
  });
});

itSlow('a worker times out, too', async () => {
  const [empty, full] = [newQueue(), fullQueue()];
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
     const { MessageQueue } = require(workerData.library);
     const outcome = (call) => {
       const start = performance.now();
       try {
         call();
       } catch ({ name, code, syscall }) {
         return { name, code, syscall, inTime: performance.now() - start >= workerData.timeout - 1 };
       }
     };
     const options = { timeout: workerData.timeout };
     parentPort.postMessage([
       outcome(() => MessageQueue.attach(workerData.empty).receiveSync(options)),
       outcome(() => MessageQueue.attach(workerData.full).sendSync('x', options)),
     ]);`,
    { eval: true, workerData: { library: join(__dirname, '..', '..'), empty: empty.id, full: full.id, timeout: 120 } },
  );
  const ended = once(worker, 'exit');
  const [outcome] = await once(worker, 'message');
  expect(outcome).toEqual([
    { name: 'TimeoutError', code: 'ETIMEDOUT', syscall: 'msgrcv', inTime: true },
    { name: 'TimeoutError', code: 'ETIMEDOUT', syscall: 'msgsnd', inTime: true },
  ]);
  expect(await ended).toEqual([0]);
  expect([empty.stat().messageCount, full.stat().messageCount]).toEqual([0, 1]);
});

describe('sendSync while sends wait for room', () => {
  /** A full queue of one byte, and sends that wait for room in it. */
  function waitingSends(...texts: string[]): { queue: MessageQueue; sends: Promise<void>[] } {
    const queue = fullQueue(1);
    return { queue, sends: texts.map((text) => queue.send(text)) };
  }

  itSlow('sends them first: nothing overtakes', async () => {
    const { queue, sends } = waitingSends('a', 'b', 'c');
    const go = newQueue();
    const receiver = startChild(
      ({ sysvmq }, [id, goId]) => {
        sysvmq.MessageQueue.attach(goId as number).receiveSync();
        const queue = sysvmq.MessageQueue.attach(id as number);
        return Array.from({ length: 5 }, () => queue.receiveSync().data.toString());
      },
      [queue.id, go.id],
    );
    await receiver.blockedIn('msgrcv');
    await untilWaiting('sysvmq-send', 1);
    go.trySend('go');
    queue.sendSync('d');
    await Promise.all(sends);
    expect(await receiver.result).toEqual(['x', 'a', 'b', 'c', 'd']);
  });

  it('times out, and they keep waiting, in order', async () => {
    const { queue, sends } = waitingSends('a', 'b');
    await untilWaiting('sysvmq-send', 1);
    expect(failure(() => queue.sendSync('never', { timeout: 30 }))).toMatchObject({
      name: 'TimeoutError',
      code: 'ETIMEDOUT',
    });
    expect(await hasSettled(Promise.race(sends))).toBe(false);
    const received: string[] = [];
    while (received.length < 3) received.push((await queue.receive()).data.toString());
    await Promise.all(sends);
    expect(received).toEqual(['x', 'a', 'b']);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('times out at once with a timeout of 0, and they keep waiting', async () => {
    const { queue, sends } = waitingSends('a');
    expect(failure(() => queue.sendSync('never', { timeout: 0 }))).toBeInstanceOf(TimeoutError);
    queue.tryReceive();
    await Promise.all(sends);
    expect(drain(queue)).toEqual(['a']);
  });

  it('is refused with nowait, though there may be room', async () => {
    const { queue, sends } = waitingSends('a');
    await untilWaiting('sysvmq-send', 1);
    queue.tryReceive();
    const error = failure(() => queue.sendSync('b', { nowait: true }));
    expect(error).toBeInstanceOf(QueueFullError);
    expect(error).toMatchObject({ code: 'EAGAIN', syscall: 'msgsnd' });
    await Promise.all(sends);
    expect(drain(queue)).toEqual(['a']);
  });

  it('of which some are canceled sends the others, and itself', async () => {
    const queue = fullQueue(1);
    const controller = new AbortController();
    const kept = [queue.send('a')];
    const given = rejectionOf(queue.send('b', { signal: controller.signal }));
    kept.push(queue.send('c'));
    await untilWaiting('sysvmq-send', 1);
    controller.abort();
    queue.set({ maxBytes: 10 });
    queue.sendSync('d', { timeout: 5000 });
    expect(await given).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    await Promise.all(kept);
    expect(drain(queue)).toEqual(['x', 'a', 'c', 'd']);
  });

  it('of which the first was just canceled sends itself behind it, if it has been sent', async () => {
    const queue = fullQueue(1);
    const controller = new AbortController();
    const given = queue.send('a', { signal: controller.signal }).then(
      () => ['a'],
      () => [],
    );
    const kept = queue.send('b');
    await untilWaiting('sysvmq-send', 1);
    controller.abort();
    queue.tryReceive();
    queue.set({ maxBytes: 10 });
    queue.sendSync('c', { timeout: 5000 });
    await kept;
    expect(drain(queue)).toEqual([...(await given), 'b', 'c']);
  });

  it('of which one can no longer be sent rejects that one only', async () => {
    const queue = fullQueue(10);
    const failed = rejectionOf(queue.send(Buffer.alloc(10)));
    const kept = queue.send('small');
    await untilWaiting('sysvmq-send', 1);
    queue.set({ maxBytes: 9 });
    drain(queue);
    queue.sendSync('last', { timeout: 5000 });
    expect(await failed).toMatchObject({ name: 'MessageTooLargeError', code: 'EINVAL', limitValue: 9 });
    await kept;
    expect(drain(queue)).toEqual(['small', 'last']);
  });
});
