/** trySendMany and sendMany when there is room for some: how many are in the queue, and which. */

import {
  AbortError,
  MessageQueue,
  MessageTooLargeError,
  type MessageToSend,
  QueueClosedError,
  TimeoutError,
} from '../../lib/index';
import { until } from '../support/child';
import { fullQueue, newQueue } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const toSend = (...texts: string[]): MessageToSend[] => texts.map((data) => ({ data }));
const textsOf = (messages: { data: Buffer }[]): string[] => messages.map(({ data }) => data.toString());

describe('trySendMany on a queue with room for some', () => {
  it('sends those, and returns how many', () => {
    const queue = newQueue({ maxBytes: 10 });
    expect(queue.trySendMany(toSend('1234', '5678', '9012', '3'))).toBe(2);
    expect(textsOf(queue.tryReceiveMany())).toEqual(['1234', '5678']);
  });

  it('counts an empty message, too: the queue takes msg_qbytes messages at most', () => {
    const queue = newQueue({ maxBytes: 5 });
    expect(queue.trySendMany(toSend('', '', '', '', '', '', ''))).toBe(5);
  });

  it('sends none when it is full, or when sends wait for room', async () => {
    const queue = fullQueue();
    expect(queue.trySendMany(toSend('a'))).toBe(0);
    const waiting = queue.send('waits');
    await untilWaiting('sysvmq-send', 1);
    queue.tryReceive();
    expect(queue.trySendMany(toSend('b'))).toBe(0);
    await waiting;
    expect(queue.trySendMany(toSend('b'))).toBe(1);
    expect(textsOf(queue.tryReceiveMany())).toEqual(['waits', 'b']);
  });
});

describe('sendMany on a queue with room for some', () => {
  it('waits until all have gone in, in order', async () => {
    const queue = newQueue({ maxBytes: 2 });
    const sent = queue.sendMany(toSend('a', 'b', 'c', 'd', 'e'));
    expect(await hasSettled(sent)).toBe(false);
    const received: string[] = [];
    while (received.length < 5) received.push((await queue.receive()).data.toString());
    expect(await sent).toBe(5);
    expect(received).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('keeps its place among other sends of the process', async () => {
    const queue = fullQueue(1);
    const sends = [
      queue.send('a'),
      queue.sendMany(toSend('b', 'c')),
      queue.send('d'),
      queue.sendMany(toSend('e', 'f')),
    ];
    const received: string[] = [];
    while (received.length < 7) received.push((await queue.receive()).data.toString());
    await Promise.all(sends);
    expect(received).toEqual(['x', 'a', 'b', 'c', 'd', 'e', 'f']);
  });

  itSlow.each<[string, typeof TimeoutError | typeof AbortError | typeof QueueClosedError, string]>([
    ['timeout', TimeoutError, 'ETIMEDOUT'],
    ['signal', AbortError, 'ABORT_ERR'],
    ['close()', QueueClosedError, 'ERR_QUEUE_CLOSED'],
  ])('canceled by %s says how many are in the queue, and sends no other', async (way, errorClass, code) => {
    const queue = newQueue({ maxBytes: 2 });
    const other = MessageQueue.attach(queue.id);
    const controller = new AbortController();
    const options = way === 'timeout' ? { timeout: 2000 } : { signal: controller.signal };
    const failed = rejectionOf(queue.sendMany(toSend('a', 'b', 'c', 'd', 'e'), options));
    await untilWaiting('sysvmq-send', 1);
    const first = other.tryReceive();
    await until('the next has taken its place', () => other.stat().messageCount === 2);
    if (way === 'signal') controller.abort();
    if (way === 'close()') queue.close();
    const error = await failed;
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ code, sent: 3 });
    await untilWaiting('sysvmq-send', 0);
    expect([first, ...other.tryReceiveMany()].map((message) => message?.data.toString())).toEqual(['a', 'b', 'c']);
  });

  it('with a timeout of 0 sends those that fit, and says how many', async () => {
    const queue = newQueue({ maxBytes: 2 });
    const error = await rejectionOf(queue.sendMany(toSend('a', 'b', 'c'), { timeout: 0 }));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'ETIMEDOUT', syscall: 'msgsnd', queueId: queue.id, sent: 2 });
    expect(await queue.sendMany([], { timeout: 0 })).toBe(0);
  });

  it('stops at a message that can never be sent also after a wait', async () => {
    const queue = newQueue({ maxBytes: 2 });
    const failed = rejectionOf(queue.sendMany(toSend('a', 'b', 'c', 'too long', 'd')));
    await untilWaiting('sysvmq-send', 1);
    const received = [(await queue.receive()).data.toString()];
    const error = await failed;
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ code: 'EINVAL', limit: 'msg_qbytes', requested: 8, sent: 3 });
    received.push(...textsOf(queue.tryReceiveMany()));
    expect(received).toEqual(['a', 'b', 'c']);
  });

  it('says how many are in the queue when it is removed', async () => {
    const queue = newQueue({ maxBytes: 2 });
    const failed = rejectionOf(queue.sendMany(toSend('a', 'b', 'c', 'd')));
    await untilWaiting('sysvmq-send', 1);
    queue.remove();
    expect(await failed).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM', sent: 2 });
  });

  it('copies what waits: a buffer may be changed after the call', async () => {
    const queue = fullQueue(1);
    const buffer = Buffer.from('a');
    const sent = queue.sendMany([{ data: buffer }]);
    buffer.write('z');
    queue.tryReceive();
    await sent;
    expect(textsOf(queue.tryReceiveMany())).toEqual(['a']);
  });

  it('stops waiting when the iterable has aborted its signal', async () => {
    const queue = fullQueue();
    const controller = new AbortController();
    function* generate(): Generator<MessageToSend> {
      yield { data: 'a' };
      controller.abort();
    }
    const failed = queue.sendMany(generate(), { signal: controller.signal });
    failed.catch(() => undefined);
    await untilWaiting('sysvmq-send', 0);
    expect(await rejectionOf(failed)).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
  });
});
