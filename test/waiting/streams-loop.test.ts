/** A loop over a stream takes each message when it asks for it, and otherwise ends as Node's own loops over streams do. */

import { getEventListeners } from 'node:events';
import { PassThrough, type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codecs, type Message, type MessageQueue } from '../../lib/index';
import { inChild, nobody, until } from '../support/child';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow, slow } from '../support/slow';
import { newReadable, turns } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

const texts = ['a', 'b', 'c', 'd'];

function filledQueue(): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySendMany(texts.map((data) => ({ data })));
  return queue;
}

const left = (queue: MessageQueue<string>): string[] => queue.tryReceiveMany().map(({ data }) => data);

/** The error with which a loop over the stream ends; undefined when it ends well. */
async function endOfLoop(stream: Readable): Promise<{ code?: string; name: string } | undefined> {
  try {
    for await (const _ of stream);
    return undefined;
  } catch (error) {
    return error as { code?: string; name: string };
  }
}

describe('a loop over a stream', () => {
  it('leaves the rest where it is, in its order, when it is left', async () => {
    const queue = filledQueue();
    for await (const { data } of newReadable(queue)) {
      await turns();
      if (data === 'b') break;
    }
    expect(left(queue)).toEqual(['c', 'd']);
  });

  it('takes nothing while its body runs', async () => {
    const queue = filledQueue();
    let seen = 0;
    for await (const _ of newReadable(queue)) {
      seen += 1;
      await turns();
      expect(queue.stat().messageCount).toBe(texts.length - seen);
      if (seen === texts.length) break;
    }
  });

  itNeeds(otherUsers, 'loses nothing to a reader without write permission', async () => {
    const queue = filledQueue();
    queue.set({ mode: 0o644 });
    const seen = await inChild(
      async ({ sysvmq }, id) => {
        const seen: string[] = [];
        for await (const { data } of sysvmq.MessageQueue.attach(id, { codec: sysvmq.codecs.utf8 }).readable()) {
          seen.push(data);
          if (data === 'b') break;
        }
        return seen;
      },
      queue.id,
      { user: nobody },
    );
    expect([seen, left(queue)]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('first sees what was announced to a listener of "readable"', async () => {
    const queue = filledQueue();
    const stream = newReadable(queue);
    await new Promise((resolve) => stream.once('readable', resolve));
    const seen: string[] = [];
    for await (const { data } of stream) {
      seen.push(data);
      if (seen.length === texts.length) break;
    }
    expect(seen).toEqual(texts);
  });

  it('ends when the handle is closed', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    const ended = endOfLoop(stream);
    await untilWaiting('sysvmq-recv', 1);
    queue.close();
    expect(await ended).toBeUndefined();
    expect(stream.readableEnded).toBe(true);
  });

  it.each<[string, (stream: Readable) => void]>([
    ['without an error', (stream) => stream.destroy()],
    ['with an error', (stream) => stream.destroy(new RangeError('reason'))],
  ])('ends as a loop over any stream does when the stream is destroyed %s', async (_, destroy) => {
    const own = newReadable(newQueue({ spin: 0 }));
    const nodes = new PassThrough({ objectMode: true });
    const ends = [endOfLoop(own), endOfLoop(nodes)];
    await untilWaiting('sysvmq-recv', 1);
    destroy(own);
    destroy(nodes);
    const [ownEnd, nodesEnd] = await Promise.all(ends);
    expect(ownEnd).toBeDefined();
    expect({ name: ownEnd?.name, code: ownEnd?.code }).toEqual({ name: nodesEnd?.name, code: nodesEnd?.code });
    expect((await endOfLoop(own))?.code).toBe((await endOfLoop(nodes))?.code);
  });

  it('ends with an AbortError when the signal is aborted, and leaves no listener on it', async () => {
    const controller = new AbortController();
    const stream = newReadable(newQueue({ spin: 0 }), { signal: controller.signal });
    const ended = endOfLoop(stream);
    await untilWaiting('sysvmq-recv', 1);
    controller.abort();
    expect(await ended).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('ends with QueueRemovedError when the queue is removed', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    const ended = endOfLoop(stream);
    await untilWaiting('sysvmq-recv', 1);
    queue.remove();
    expect(await ended).toMatchObject({ name: 'QueueRemovedError', code: 'EIDRM' });
    expect(stream.destroyed).toBe(true);
  });

  it('destroys the stream when it is left, by break or by what its body throws', async () => {
    const streams = [newReadable(filledQueue()), newReadable(filledQueue())];
    for await (const _ of streams[0] as Readable) break;
    const thrown = new Error('of the body');
    const loop = async (): Promise<void> => {
      for await (const _ of streams[1] as Readable) throw thrown;
    };
    await expect(loop()).rejects.toBe(thrown);
    expect(streams.map(({ destroyed }) => destroyed)).toEqual([true, true]);
  });

  it('leaves the stream open with iterator({ destroyOnReturn: false })', async () => {
    const queue = filledQueue();
    const stream = newReadable(queue);
    const seen: string[] = [];
    for (let each = 0; each < 2; each++) {
      for await (const { data } of stream.iterator({ destroyOnReturn: false })) {
        seen.push(data);
        break;
      }
    }
    expect(stream.destroyed).toBe(false);
    expect([seen, left(queue)]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('ends with the error that throw() is given, which destroys the stream, and leaves the rest', async () => {
    const queue = filledQueue();
    const stream = newReadable(queue);
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const error = new Error('thrown into the loop');
    expect(await rejectionOf(iterator.throw?.(error) as Promise<unknown>)).toBe(error);
    expect(stream.destroyed).toBe(true);
    await turns();
    expect(errors).toEqual([error]);
    expect(left(queue)).toEqual(['b', 'c', 'd']);
  });

  it('ends a next() that waits when return() is called', async () => {
    const queue = newQueue({ spin: 0 });
    const iterator = newReadable(queue).iterator({ destroyOnReturn: false });
    const next = iterator.next();
    await untilWaiting('sysvmq-recv', 1);
    await iterator.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    queue.trySend('stays');
    await turns();
    expect(queue.stat().messageCount).toBe(1);
  });
});

describe("Node's functions that loop over a stream", () => {
  it('map, filter, take and toArray take what they need', async () => {
    const queue = filledQueue();
    const stream = newReadable(queue)
      .filter(({ data }: Message<string>) => data !== 'a')
      .map(({ data }: Message<string>) => data.toUpperCase())
      .take(2);
    expect(await stream.toArray()).toEqual(['B', 'C']);
  });

  it('pipeline with an async generator takes all until the handle is closed', async () => {
    const queue = filledQueue();
    const seen: string[] = [];
    const piped = pipeline(
      newReadable(queue),
      async function* (source: AsyncIterable<Message<string>>) {
        for await (const { data } of source) yield data;
      },
      new Writable({
        objectMode: true,
        write(text: string, _encoding, callback) {
          seen.push(text);
          callback();
        },
      }),
    );
    await until('all were written', () => seen.length === texts.length);
    queue.close();
    await piped;
    expect(seen).toEqual(texts);
  });
});

describe('a reader that listens for "readable" and does not read', () => {
  itNeeds(slow(otherUsers), 'leaves it to the next receive of its process, also without write permission', async () => {
    const queue = newQueue({ codec: codecs.utf8, mode: 0o644 });
    queue.trySend('unread', { type: 7 });
    const told = await inChild(
      async ({ sysvmq }, id) => {
        const theirs = sysvmq.MessageQueue.attach(id);
        const stream = theirs.readable();
        await new Promise((resolve) => stream.once('readable', resolve));
        stream.destroy();
        await new Promise((resolve) => stream.once('close', resolve));
        const { type, data } = theirs.receiveSync({ timeout: 20_000 });
        return { errored: stream.errored, type, text: data.toString() };
      },
      queue.id,
      { user: nobody },
    );
    expect(told).toEqual({ errored: null, type: 7, text: 'unread' });
  });

  it('has it put back as soon as there is room', async () => {
    const queue = newQueue({ codec: codecs.utf8, maxBytes: 4 });
    queue.trySend('read');
    const stream = newReadable(queue);
    await new Promise((resolve) => stream.once('readable', resolve));
    queue.trySend('fill');
    stream.destroy();
    // Another process sees what is in the queue; this one would be served what it keeps.
    const received = await inChild(async ({ sysvmq }, id) => {
      const theirs = sysvmq.MessageQueue.attach(id, { codec: sysvmq.codecs.utf8 });
      return [await theirs.receive({ timeout: 20_000 }), await theirs.receive({ timeout: 20_000 })].map(
        ({ data }) => data,
      );
    }, queue.id);
    expect(received).toEqual(['fill', 'read']);
  });

  it('ends without an error when the queue is gone', async () => {
    const queue = newQueue();
    queue.trySend('unread');
    const stream = newReadable(queue);
    await new Promise((resolve) => stream.once('readable', resolve));
    queue.remove();
    stream.destroy();
    await new Promise((resolve) => stream.once('close', resolve));
    expect(stream.errored).toBeNull();
  });
});

itSlow('sends that always find room leave the event loop to others', async () => {
  const queue = newQueue({ codec: codecs.utf8 });
  let over = false;
  let turnsMeanwhile = 0;
  const countTurns = (): void => {
    turnsMeanwhile += 1;
    if (!over) setImmediate(countTurns);
  };
  setImmediate(countTurns);
  for (let sent = 0; sent < 10_000; sent++) {
    await queue.send('text');
    queue.tryReceive();
  }
  over = true;
  expect(turnsMeanwhile).toBeGreaterThan(10);
});

it('a receive refuses bad options at once, also in a turn that is full', async () => {
  const queue = newQueue();
  let turned = false;
  setImmediate(() => {
    turned = true;
  });
  const receives = Array.from({ length: 300 }, () => rejectionOf(queue.receive({ type: 0 })));
  for (const error of await Promise.all(receives)) expect(error).toMatchObject({ code: 'ERR_OUT_OF_RANGE' });
  expect(turned).toBe(false);
});

it('throw() of an iterator over a stream destroys the stream with its error, and ends the iteration', async () => {
  const queue = filledQueue();
  const stream = newReadable(queue);
  const messages = stream[Symbol.asyncIterator]();
  expect((await messages.next()).value).toMatchObject({ data: 'a' });
  const thrown = new Error('on purpose');
  await expect(messages.throw?.(thrown)).rejects.toBe(thrown);
  expect(stream.errored).toBe(thrown);
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  expect(left(queue)).toEqual(['b', 'c', 'd']);
});
