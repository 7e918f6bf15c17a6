/** tryReceiveMany and receiveMany: which messages a call takes, and in which order. */

import {
  AbortError,
  BufferTooSmallError,
  codecs,
  Message,
  type MessageQueue,
  QueueClosedError,
  QueueRemovedError,
  type ReceiveManyOptions,
  type SelectMany,
  TimeoutError,
} from '../../lib/index';
import { inChild } from '../support/child';
import { kernelState } from '../support/kernel-state';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

type ReceiveAll = <T>(queue: MessageQueue<T>, select?: SelectMany) => Promise<Message<T>[]>;
const ways: [string, ReceiveAll][] = [
  ['tryReceiveMany', async (queue, select) => queue.tryReceiveMany(select)],
  ['receiveMany', (queue, select) => queue.receiveMany(select)],
];

const textsOf = (messages: Message<Buffer | string>[]): string[] => messages.map(({ data }) => data.toString());
const bytesOf = (messages: Message[]): number[] => messages.map(({ data }) => data.length);
const typesOf = <T>(messages: Message<T>[]): number[] => messages.map(({ type }) => type);

function queueOf(...texts: string[]): MessageQueue {
  const queue = newQueue({ spin: 0 });
  queue.trySendMany(texts.map((data) => ({ data })));
  return queue;
}

describe.each(ways)('%s', (_, receiveAll) => {
  it('takes all that are there, in order', async () => {
    const queue = queueOf('a', '', 'b', 'c');
    const messages = await receiveAll(queue);
    expect(textsOf(messages)).toEqual(['a', '', 'b', 'c']);
    expect(messages.every((message) => message instanceof Message && !message.truncated)).toBe(true);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('takes a hundred at most without max', async () => {
    const queue = queueOf(...Array(250).fill('a'));
    expect(await receiveAll(queue)).toHaveLength(100);
    expect(queue.stat().messageCount).toBe(150);
  });

  it.each([1, 2, 3, 2 ** 31 - 1])('takes %p at most when told so', async (max) => {
    const queue = queueOf('a', 'b', 'c');
    const expected = ['a', 'b', 'c'].slice(0, max);
    expect(textsOf(await receiveAll(queue, { max }))).toEqual(expected);
    expect(queue.stat().messageCount).toBe(3 - expected.length);
  });

  it('has the types, also those that a number cannot hold', async () => {
    const queue = newQueue();
    const types = [1n, 2n ** 31n, 2n ** 32n + 5n, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n];
    for (const type of types) queue.trySend('x', { type });
    const messages = await receiveAll(queue);
    expect(messages.map(({ typeBigInt }) => typeBigInt)).toEqual(types);
    expect(typesOf(messages)).toEqual(types.map(Number));
  });

  it.each<[string, SelectMany, number[], number[]]>([
    ['type', { type: 2 }, [2, 2], [3, 1, 3, 1]],
    ['except', { except: 2 }, [3, 1, 3, 1], [2, 2]],
    ['upTo', { upTo: 2 }, [1, 1, 2, 2], [3, 3]],
    ['upTo and max', { upTo: 2, max: 3 }, [1, 1, 2], [3, 3, 2]],
  ])('takes only the messages that match: %s', async (_, select, taken, left) => {
    const queue = newQueue();
    for (const type of [3, 2, 1, 3, 2, 1]) queue.trySend('x', { type });
    expect(typesOf(await receiveAll(queue, select))).toEqual(taken);
    expect(typesOf(queue.tryReceiveMany())).toEqual(left);
  });

  it('stops before a message longer than maxLength, which stays', async () => {
    const queue = queueOf('a', 'bb', 'ccc', 'd');
    expect(textsOf(await receiveAll(queue, { maxLength: 2 }))).toEqual(['a', 'bb']);
    const error = await rejectionOf(receiveAll(queue, { maxLength: 2 }));
    expect(error).toBeInstanceOf(BufferTooSmallError);
    expect(error).toMatchObject({ code: 'E2BIG', maxLength: 2 });
    expect(textsOf(queue.tryReceiveMany())).toEqual(['ccc', 'd']);
  });

  it('cuts those that are longer than maxLength with truncate, and says which', async () => {
    const messages = await receiveAll(queueOf('a', 'bb', 'ccc', '', 'dddd'), { maxLength: 2, truncate: true });
    expect(textsOf(messages)).toEqual(['a', 'bb', 'cc', '', 'dd']);
    expect(messages.map(({ truncated }) => truncated)).toEqual([false, false, true, false, true]);
  });

  it.each([
    ['all of its bytes', {}, (size: number) => size],
    ['those up to maxLength', { maxLength: 70_000, truncate: true }, (size: number) => Math.min(size, 70_000)],
    ['none of its bytes', { maxLength: 0, truncate: true }, () => 0],
  ])('takes messages larger than go through native code at once: %s', async (_, select, kept) => {
    setLimit('msgmax', 1_000_000);
    setLimit('msgmnb', 3_000_000);
    const queue = newQueue();
    const sizes = [0, 1, 65_400, 200_000, 7, 8, 65_535, 65_536, 65_537, 5, 65_000, 530, 0, 1_000_000, 3];
    sizes.forEach((size, index) => {
      queue.sendSync(Buffer.alloc(size, index), { type: index + 1 });
    });
    // They were sent: the limit is for those who send.
    setLimit('msgmax', 8192);
    const messages = await receiveAll(queue, select);
    expect(bytesOf(messages)).toEqual(sizes.map(kept));
    expect(typesOf(messages)).toEqual(sizes.map((_, index) => index + 1));
    expect(messages.every(({ data }, index) => data.equals(Buffer.alloc(data.length, index)))).toBe(true);
    expect(messages.map(({ truncated }) => truncated)).toEqual(sizes.map((size) => size > kept(size)));
  });

  itSlow('takes ten thousand messages, more than go through native code at once', async () => {
    setLimit('msgmnb', 1_000_000);
    const queue = newQueue();
    const texts = Array.from({ length: 10_000 }, (_, number) => `message ${number}`);
    for (const text of texts) queue.sendSync(text, { nowait: true });
    expect(textsOf(await receiveAll(queue, { max: 9_999 }))).toEqual(texts.slice(0, 9_999));
    expect(queue.stat().messageCount).toBe(1);
  });

  it('has bytes of their own, which later messages do not change', async () => {
    const messages = await receiveAll(queueOf('first', 'second'));
    await receiveAll(queueOf('other', 'others'));
    expect(textsOf(messages)).toEqual(['first', 'second']);
  });

  it('fails with a QueueRemovedError for a queue that was removed, and a QueueClosedError for a closed handle', async () => {
    const queue = newQueue();
    queue.remove();
    const error = await rejectionOf(receiveAll(queue));
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EINVAL', syscall: 'msgrcv', queueId: queue.id });
    queue.close();
    expect(await rejectionOf(receiveAll(queue))).toBeInstanceOf(QueueClosedError);
  });

  it.each<[unknown, string]>([
    [0, 'RangeError'],
    [-1, 'RangeError'],
    [1.5, 'RangeError'],
    [NaN, 'RangeError'],
    [Infinity, 'RangeError'],
    [2 ** 31, 'RangeError'],
    ['1', 'TypeError'],
    [1n, 'TypeError'],
    [null, 'TypeError'],
  ])('takes nothing when max is %p', async (max, name) => {
    const queue = queueOf('a');
    const before = kernelState();
    const error = await rejectionOf(receiveAll(queue, { max } as SelectMany));
    expect(error.name).toBe(name);
    expect(error['code']).toBe(name === 'RangeError' ? 'ERR_OUT_OF_RANGE' : 'ERR_INVALID_ARG_TYPE');
    expect(kernelState()).toBe(before);
  });
});

it('tryReceiveMany takes nothing from an empty queue', () => {
  const queue = newQueue();
  const before = kernelState();
  expect(queue.tryReceiveMany()).toEqual([]);
  expect(kernelState()).toBe(before);
});

it('tryReceiveMany takes what is there although a receive waits in line', async () => {
  const queue = newQueue({ spin: 0 });
  const received = queue.receive();
  await untilWaiting('sysvmq-recv', 1);
  queue.trySend('a');
  expect(textsOf(queue.tryReceiveMany())).toEqual(['a']);
  queue.trySend('b');
  expect((await received).data.toString()).toBe('b');
});

describe('receiveMany that waits', () => {
  it('has at least one message, and those that are there when it takes them', async () => {
    const queue = newQueue({ codec: codecs.utf8, spin: 0 });
    const received = queue.receiveMany({ max: 2 });
    await untilWaiting('sysvmq-recv', 1);
    queue.trySendMany(['a', 'b', 'c'].map((data) => ({ data })));
    expect(textsOf(await received)).toEqual(['a', 'b']);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('has an empty message that the wait itself has taken', async () => {
    const queue = newQueue({ spin: 0 });
    const received = queue.receiveMany();
    await untilWaiting('sysvmq-recv', 1);
    queue.trySend('', { type: 2n ** 62n + 1n });
    expect(await received).toMatchObject([{ typeBigInt: 2n ** 62n + 1n, data: Buffer.alloc(0) }]);
  });

  it('waits for a message that matches', async () => {
    const queue = newQueue();
    const received = queue.receiveMany({ type: 2 });
    queue.trySend('other', { type: 1 });
    expect(await hasSettled(received)).toBe(false);
    queue.trySend('this', { type: 2 });
    expect(textsOf(await received)).toEqual(['this']);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('takes its turn among the receives of the process', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    const received = [queue.receive(), queue.receiveMany({ max: 2 }), queue.receive(), queue.receiveMany()];
    queue.trySendMany(['a', 'b', 'c', 'd', 'e', 'f'].map((data) => ({ data })));
    const texts = (await Promise.all(received)).map((result) => textsOf([result].flat()));
    expect(texts).toEqual([['a'], ['b', 'c'], ['d'], ['e', 'f']]);
  });

  itSlow('gets the messages of another process, each once and in order', async () => {
    const count = 5_000;
    const queue = newQueue({ codec: codecs.utf8 });
    const sent = inChild(
      async ({ sysvmq }, { id, count }) => {
        const messages = Array.from({ length: count }, (_, number) => ({ data: String(number) }));
        return sysvmq.MessageQueue.attach(id).sendMany(messages);
      },
      { id: queue.id, count },
    );
    const texts: string[] = [];
    while (texts.length < count) texts.push(...textsOf(await queue.receiveMany({ max: 50 })));
    expect(await sent).toBe(count);
    expect(texts).toEqual(Array.from({ length: count }, (_, number) => String(number)));
  });

  it.each<[string, ReceiveManyOptions, new (...args: never[]) => Error, string]>([
    ['a timeout', { timeout: 20 }, TimeoutError, 'ETIMEDOUT'],
    ['a timeout of 0', { timeout: 0 }, TimeoutError, 'ETIMEDOUT'],
    ['its signal', { signal: AbortSignal.timeout(20) }, AbortError, 'ABORT_ERR'],
  ])('is canceled by %s, and takes nothing', async (_, options, errorClass, code) => {
    const queue = newQueue();
    const error = await rejectionOf(queue.receiveMany(options));
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ code, syscall: 'msgrcv', queueId: queue.id });
    queue.trySend('stays');
    expect(queue.stat().messageCount).toBe(1);
  });
});
