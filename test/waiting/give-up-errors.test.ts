/** TimeoutError, AbortError and QueueClosedError: the errors of a canceled wait. */

import { AbortError, isMessageQueueError, MessageQueueError, QueueClosedError, TimeoutError } from '../../lib/index';
import { classesOf } from '../support/classes';
import { failureOf } from '../support/failure';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

/** Own properties but those that every Error has. */
function properties(error: Error): Record<string, unknown> {
  const { stack: _, ...rest } = Object.fromEntries(
    Object.getOwnPropertyNames(error).map((name) => [name, (error as unknown as Record<string, unknown>)[name]]),
  );
  return rest;
}

describe('TimeoutError', () => {
  it('is ETIMEDOUT of msgrcv for a receive', async () => {
    const queue = newQueue();
    const error = await rejectionOf(queue.receive({ timeout: 5 }));
    expect(classesOf(error)).toEqual([TimeoutError, MessageQueueError, Error]);
    expect(error.name).toBe('TimeoutError');
    expect(properties(error)).toEqual({
      message: `msgrcv on queue 0x${queue.key.toString(16)} (id ${queue.id}) timed out after 5 ms. No message was received.`,
      code: 'ETIMEDOUT',
      errno: -110,
      syscall: 'msgrcv',
      queueId: queue.id,
      key: queue.key,
    });
    expect(isMessageQueueError(error)).toBe(true);
  });

  it('is ETIMEDOUT of msgsnd for a send', async () => {
    const queue = fullQueue();
    const error = await rejectionOf(queue.send('x', { timeout: 0 }));
    expect(classesOf(error)).toEqual([TimeoutError, MessageQueueError, Error]);
    expect(properties(error)).toEqual({
      message: `msgsnd on queue 0x${queue.key.toString(16)} (id ${queue.id}) timed out after 0 ms. The message was not sent.`,
      code: 'ETIMEDOUT',
      errno: -110,
      syscall: 'msgsnd',
      queueId: queue.id,
      key: queue.key,
    });
  });

  it('is the same from the calls that block the thread', () => {
    const [empty, full] = [newQueue(), fullQueue()];
    const errors = [
      failureOf(() => empty.receiveSync({ timeout: 0 })),
      failureOf(() => full.sendSync('x', { timeout: 0 })),
    ];
    for (const error of errors) expect(classesOf(error)).toEqual([TimeoutError, MessageQueueError, Error]);
    expect(errors.map(properties)).toMatchObject([
      { code: 'ETIMEDOUT', errno: -110, syscall: 'msgrcv', queueId: empty.id },
      { code: 'ETIMEDOUT', errno: -110, syscall: 'msgsnd', queueId: full.id },
    ]);
  });

  it('of sendMany has beside it how many were sent, and what it says is right for the others', async () => {
    const queue = newQueue({ maxBytes: 1 });
    const error = await rejectionOf(queue.sendMany([{ data: 'a' }, { data: 'b' }], { timeout: 5 }));
    expect(properties(error)).toMatchObject({ code: 'ETIMEDOUT', errno: -110, syscall: 'msgsnd', sent: 1 });
    expect(queue.stat().messageCount).toBe(1);
  });
});

describe('AbortError', () => {
  it('is ABORT_ERR with the reason as its cause, and without an errno', async () => {
    const queue = newQueue();
    const controller = new AbortController();
    const failed = rejectionOf(queue.receive({ signal: controller.signal }));
    const reason = { text: 'any value' };
    controller.abort(reason);
    const error = await failed;
    expect(classesOf(error)).toEqual([AbortError, MessageQueueError, Error]);
    expect(error.name).toBe('AbortError');
    expect(properties(error)).toEqual({
      message: `msgrcv on queue 0x${queue.key.toString(16)} (id ${queue.id}) was aborted. No message was received.`,
      code: 'ABORT_ERR',
      syscall: 'msgrcv',
      queueId: queue.id,
      key: queue.key,
      cause: reason,
    });
    expect(error.cause).toBe(reason);
    expect(isMessageQueueError(error)).toBe(true);
  });

  it('is of msgsnd for a send', async () => {
    const queue = fullQueue();
    const controller = new AbortController();
    const failed = rejectionOf(queue.send('x', { signal: controller.signal }));
    controller.abort();
    const error = await failed;
    expect(properties(error)).toMatchObject({
      message: `msgsnd on queue 0x${queue.key.toString(16)} (id ${queue.id}) was aborted. The message was not sent.`,
      code: 'ABORT_ERR',
      syscall: 'msgsnd',
      queueId: queue.id,
      key: queue.key,
    });
    expect(error.cause).toBe(controller.signal.reason);
  });
});

describe('QueueClosedError', () => {
  it('is ERR_QUEUE_CLOSED, of no system call and without an errno', async () => {
    const queue = newQueue();
    const failed = rejectionOf(queue.receive());
    queue.close();
    const error = await failed;
    expect(classesOf(error)).toEqual([QueueClosedError, MessageQueueError, Error]);
    expect(error.name).toBe('QueueClosedError');
    expect(properties(error)).toEqual({
      message: `The handle of queue 0x${queue.key.toString(16)} (id ${queue.id}) is closed. Open the queue again to use it.`,
      code: 'ERR_QUEUE_CLOSED',
      queueId: queue.id,
      key: queue.key,
    });
    expect(isMessageQueueError(error)).toBe(true);
  });

  it('is one of its own for each wait', async () => {
    const queue = newQueue();
    const failed = [rejectionOf(queue.receive()), rejectionOf(queue.receive())];
    queue.close();
    const [one, other] = await Promise.all(failed);
    expect(one).not.toBe(other);
  });
});
