/** readable(): what it emits, and what it leaves in the queue. */

import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { codecs, Message, MessageQueue, QueueClosedError } from '../../lib/index';
import { inChild, startChild, until } from '../support/child';
import { newQueue } from '../support/queues';
import { itSlow } from '../support/slow';
import { newReadable, textsOf, turns } from '../support/streams';

const texts = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('readable()', () => {
  it('emits the messages that are there and those that come, in their order', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySendMany(texts.slice(0, 3).map((data) => ({ data })));
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    await until('three messages were emitted', () => seen.length === 3);
    queue.trySendMany(texts.slice(3).map((data) => ({ data })));
    await until('six messages were emitted', () => seen.length === 6);
    expect(seen).toEqual(texts);
  });

  itSlow('emits messages that another process sends while it waits', async () => {
    const queue = newQueue({ codec: codecs.utf8, spin: 0 });
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    await inChild(
      ({ sysvmq }, { id, texts }) => {
        const queue = sysvmq.MessageQueue.attach(id);
        for (const text of texts) queue.sendSync(text);
      },
      { id: queue.id, texts },
    );
    await until('all messages were emitted', () => seen.length === texts.length);
    expect(seen).toEqual(texts);
  });

  it('emits a Message with its type and what the codec made of it', async () => {
    const queue = newQueue({ codec: codecs.json<{ answer: number }>() });
    const stream = newReadable(queue);
    queue.trySend({ answer: 42 }, { type: 2n ** 62n });
    const [message] = (await once(stream, 'data')) as [Message<{ answer: number }>];
    expect(message).toBeInstanceOf(Message);
    expect(message).toMatchObject({ data: { answer: 42 }, typeBigInt: 2n ** 62n, truncated: false });
  });

  it('emits empty messages', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    const types: number[] = [];
    stream.on('data', ({ type, data }: Message) => types.push(type + data.length));
    queue.trySend('', { type: 5 });
    await until('the message that was there was emitted', () => types.length === 1);
    queue.trySend('', { type: 6 });
    await until('the message that came was emitted', () => types.length === 2);
    expect(types).toEqual([5, 6]);
  });

  it.each([
    ['type', { type: 2 }, [2, 2], [3, 1, 3, 1]],
    ['except', { except: 2 }, [3, 1, 3, 1], [2, 2]],
    ['upTo', { upTo: 2 }, [1, 1, 2, 2], [3, 3]],
  ])('takes only the messages that match: %s', async (_, select, taken, left) => {
    const queue = newQueue();
    for (const type of [3, 2, 1, 3, 2, 1]) queue.trySend('x', { type });
    const stream = newReadable(queue, select);
    const types: number[] = [];
    stream.on('data', ({ type }: Message) => types.push(type));
    await until('all that match were emitted', () => types.length === taken.length);
    await turns();
    expect(types).toEqual(taken);
    expect(queue.tryReceiveMany().map(({ type }) => type)).toEqual(left);
  });

  it('cuts longer messages with maxLength and truncate', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySend('abcdef');
    const stream = newReadable(queue, { maxLength: 3, truncate: true });
    expect((await once(stream, 'data'))[0]).toMatchObject({ data: 'abc', truncated: true });
  });

  it('can be read in turn with other streams and receives: each message goes to one of them', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    const streams = [
      newReadable(queue),
      newReadable(queue),
      newReadable(MessageQueue.attach(queue.id, { codec: codecs.utf8 })),
    ];
    const seen = streams.map(textsOf);
    const received = queue.receive();
    await turns(2);
    queue.trySendMany(texts.map((data) => ({ data })));
    const all = [...seen.flat(), (await received).data];
    await until('all were emitted', () => seen.flat().length === texts.length - 1);
    expect([...seen.flat(), all.at(-1)].sort()).toEqual(texts);
  });

  itSlow('emits ten thousand messages of another process once each, in order', async () => {
    const count = 10_000;
    const queue = newQueue({ codec: codecs.utf8 });
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    const sender = startChild(
      ({ sysvmq }, { id, count }) => {
        const queue = sysvmq.MessageQueue.attach(id);
        for (let number = 0; number < count; number++) queue.sendSync(String(number));
      },
      { id: queue.id, count },
    );
    await sender.result;
    await until('all were emitted', () => seen.length === count);
    expect(seen).toEqual(Array.from({ length: count }, (_, number) => String(number)));
  });
});

describe('the messages that are not read yet', () => {
  it('stay in the queue as long as there is no reader', async () => {
    const queue = newQueue();
    queue.trySendMany(texts.map((data) => ({ data })));
    newReadable(queue);
    await turns();
    expect(queue.stat().messageCount).toBe(texts.length);
  });

  it('stay in the queue, but for one, while the loop over the stream works on another', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySendMany(texts.map((data) => ({ data })));
    const seen: string[] = [];
    for await (const { data } of newReadable(queue)) {
      seen.push(data);
      await turns();
      expect(queue.stat().messageCount).toBeGreaterThanOrEqual(texts.length - seen.length - 1);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('stay in the queue while the stream is paused', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySendMany(texts.map((data) => ({ data })));
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    stream.on('data', () => stream.pause());
    await until('a message was emitted', () => seen.length === 1);
    await turns();
    expect(seen).toEqual(['a']);
    expect(queue.stat().messageCount).toBe(5);
    stream.resume();
    await until('the next was emitted', () => seen.length === 2);
    expect(seen).toEqual(['a', 'b']);
  });

  it('come one for each read() in the events "readable"', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySendMany(texts.map((data) => ({ data })));
    const stream = newReadable(queue);
    await once(stream, 'readable');
    const read: string[] = [];
    while (read.length < 3) read.push((stream.read() as Message<string>).data);
    expect(read).toEqual(['a', 'b', 'c']);
    // One more may have been asked for.
    expect(queue.stat().messageCount).toBeGreaterThanOrEqual(2);
  });
});

describe('a stream of a handle that is closed', () => {
  const readOn: [string, (stream: Readable) => void][] = [
    ['is read by "data"', (stream) => stream.on('data', () => undefined)],
    ['is read by "readable"', (stream) => stream.on('readable', () => stream.read())],
  ];

  it.each(readOn)('ends when it waits and %s', async (_, read) => {
    const queue = newQueue();
    const stream = newReadable(queue);
    read(stream);
    await turns(2);
    queue.close();
    await once(stream, 'end');
    expect(stream.errored).toBeNull();
    await until('it is destroyed', () => stream.destroyed);
  });

  it.each(readOn)('ends when it was not read before and %s', async (_, read) => {
    const queue = newQueue();
    MessageQueue.attach(queue.id).trySend('stays');
    const stream = newReadable(queue);
    queue.close();
    read(stream);
    await once(stream, 'end');
    expect(stream.errored).toBeNull();
    expect(MessageQueue.attach(queue.id).stat().messageCount).toBe(1);
  });

  it('ends the loop over it', async () => {
    const queue = newQueue({ codec: codecs.utf8 });
    queue.trySend('only');
    const seen: string[] = [];
    for await (const { data } of newReadable(queue)) {
      seen.push(data);
      queue.close();
    }
    expect(seen).toEqual(['only']);
  });

  it('takes no message after the one whose listener closes the handle', async () => {
    const queue = newQueue();
    const other = MessageQueue.attach(queue.id);
    const stream = newReadable(queue);
    const seen = textsOf(stream);
    stream.on('data', () => queue.close());
    await turns(2);
    other.trySendMany(texts.map((data) => ({ data })));
    await once(stream, 'end');
    expect(seen).toEqual(['a']);
    expect(other.stat().messageCount).toBe(5);
  });

  it('is refused by a closed handle', () => {
    const queue = newQueue();
    queue.close();
    expect(() => queue.readable()).toThrow(QueueClosedError);
    expect(() => queue.readable()).toThrow(expect.objectContaining({ code: 'ERR_QUEUE_CLOSED' }));
  });
});
