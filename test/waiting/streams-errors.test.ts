/** A failure while a stream reads arrives as its 'error', once, and ends that stream only. */

import { once } from 'node:events';
import {
  AbortError,
  BufferTooSmallError,
  type Codec,
  DecodeError,
  MessageQueue,
  type MessagesOptions,
  QueueAccessError,
  QueueRemovedError,
} from '../../lib/index';
import { inChild, nobody, startChild, until } from '../support/child';
import { failure } from '../support/failure';
import { itNeeds, otherUsers } from '../support/needs';
import { newQueue } from '../support/queues';
import { itSlow, slow } from '../support/slow';
import { endingOf, newReadable, textsOf, turns } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

const picky: Codec<string> = {
  encode: (text) => text,
  decode(bytes) {
    if (bytes.toString() === 'bad') throw new Error('not this one');
    return bytes.toString();
  },
};

describe("a readable's 'error'", () => {
  it('is a QueueRemovedError when the queue is removed while it waits', async () => {
    const queue = newQueue({ spin: 0 });
    const stream = newReadable(queue);
    const events = endingOf(stream);
    textsOf(stream);
    await untilWaiting('sysvmq-recv', 1);
    queue.remove();
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EIDRM', syscall: 'msgrcv', queueId: queue.id });
    await until('it is closed', () => stream.closed);
    expect(events).toEqual(['error', 'close']);
  });

  it('is a QueueRemovedError when the queue was removed before it is read', async () => {
    const queue = newQueue();
    const stream = newReadable(queue);
    queue.remove();
    textsOf(stream);
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EINVAL', syscall: 'msgrcv', queueId: queue.id });
  });

  it.each([
    ['was there', 100, true],
    ['came', 0, false],
  ])('is a DecodeError with the message when that %s and does not decode', async (_, spin, before) => {
    const queue = newQueue({ codec: picky, spin });
    const stream = newReadable(queue);
    const failed = once(stream, 'error');
    if (before) queue.trySend('bad', { type: 7 });
    const seen = textsOf(stream);
    if (!before) {
      await untilWaiting('sysvmq-recv', 1);
      queue.trySend('bad', { type: 7 });
    }
    queue.trySend('good');
    const [error] = await failed;
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', messageType: 7, raw: Buffer.from('bad') });
    expect((error as DecodeError).cause).toMatchObject({ message: 'not this one' });
    expect(seen).toEqual([]);
    expect(queue.stat().messageCount).toBe(1);
    expect(await once(newReadable(queue), 'data')).toMatchObject([{ data: 'good' }]);
  });

  it('is a BufferTooSmallError for a message longer than maxLength, which stays', async () => {
    const queue = newQueue();
    queue.trySend('four');
    const stream = newReadable(queue, { maxLength: 3 });
    textsOf(stream);
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(BufferTooSmallError);
    expect(error).toMatchObject({ code: 'E2BIG', maxLength: 3 });
    expect(queue.stat().messageCount).toBe(1);
  });

  itNeeds(slow(otherUsers), 'is a QueueAccessError when the read permission is taken away', async () => {
    const queue = newQueue({ mode: 0o666 });
    const child = startChild(
      async ({ sysvmq, say, failure }, id) => {
        const stream = sysvmq.MessageQueue.attach(id, { spin: 0 }).readable();
        const failed = new Promise((resolve) => stream.once('error', resolve));
        stream.resume();
        say('reading');
        const error = await failed;
        return failure(() => {
          throw error;
        });
      },
      queue.id,
      { user: nobody },
    );
    await child.said('reading');
    await untilWaiting('sysvmq-recv', 1, child.pid);
    queue.set({ mode: 0o600 });
    expect(await child.result).toMatchObject({ name: QueueAccessError.name, code: 'EACCES', syscall: 'msgrcv' });
  });

  it.each([
    ['waits', true],
    ['is not read', false],
  ])('is an AbortError with the reason when the signal is aborted while it %s', async (_, reading) => {
    const queue = newQueue({ spin: 0 });
    const controller = new AbortController();
    const stream = newReadable(queue, { signal: controller.signal });
    const seen: string[] = [];
    if (reading) {
      stream.on('data', ({ data }) => seen.push(data.toString()));
      await untilWaiting('sysvmq-recv', 1);
    }
    const reason = new Error('enough');
    controller.abort(reason);
    const [error] = await once(stream, 'error');
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', syscall: 'msgrcv', queueId: queue.id });
    expect((error as AbortError).cause).toBe(reason);
    queue.trySend('stays');
    await turns();
    expect(seen).toEqual([]);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('comes once when the signal is aborted and the queue removed', async () => {
    const queue = newQueue({ spin: 0 });
    const controller = new AbortController();
    const stream = newReadable(queue, { signal: controller.signal });
    const events = endingOf(stream);
    textsOf(stream);
    await untilWaiting('sysvmq-recv', 1);
    queue.remove();
    controller.abort();
    controller.abort();
    await until('it is closed', () => stream.closed);
    await turns();
    expect(events).toEqual(['error', 'close']);
  });

  it('is what destroy() was given', async () => {
    const queue = newQueue();
    const stream = newReadable(queue);
    textsOf(stream);
    const reason = new Error('enough');
    stream.destroy(reason);
    expect(await once(stream, 'error')).toEqual([reason]);
  });

  it('leaves what else waits on the handle as it is', async () => {
    const queue = newQueue({ codec: picky, spin: 0 });
    const stream = newReadable(queue, { type: 1 });
    const other = newReadable(queue, { type: 2 });
    const seen = [textsOf(stream), textsOf(other)];
    const received = queue.receive({ type: 3 });
    await untilWaiting('sysvmq-recv', 3);
    queue.trySend('bad', { type: 1 });
    await once(stream, 'error');
    queue.trySend('good', { type: 2 });
    queue.trySend('better', { type: 3 });
    expect((await received).data).toBe('better');
    await until('the other stream has emitted', () => seen[1]?.length === 1);
    expect(seen).toEqual([[], ['good']]);
  });
});

describe('readable() itself', () => {
  it('throws an AbortError when the signal is aborted already', () => {
    const queue = newQueue();
    queue.trySend('stays');
    const reason = new Error('never mind');
    const error = failure(() => queue.readable({ signal: AbortSignal.abort(reason) }));
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', cause: reason });
    expect(queue.stat().messageCount).toBe(1);
  });

  it.each<[string, object, string]>([
    ['a type of 0', { type: 0 }, 'ERR_OUT_OF_RANGE'],
    ['two selectors', { type: 1, upTo: 2 }, 'ERR_OUT_OF_RANGE'],
    ['a signal that is none', { signal: {} }, 'ERR_INVALID_ARG_TYPE'],
    ['a maxLength that is text', { maxLength: '1' }, 'ERR_INVALID_ARG_TYPE'],
  ])('throws for %s', (_, options, code) => {
    expect(failure(() => newQueue().readable(options as MessagesOptions))).toMatchObject({ code });
  });

  it.each([null, 1, 'type', []])('throws for options that are %p', (options) => {
    const error = failure(() => newQueue().readable(options as unknown as MessagesOptions));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  });
});

describe('a listener that throws', () => {
  itSlow("of 'data' is an uncaught exception, and all others get their messages", async () => {
    const queue = newQueue();
    const other = newQueue();
    const outcome = await inChild(
      async ({ sysvmq }, ids) => {
        const uncaught: string[] = [];
        process.on('uncaughtException', (error) => uncaught.push(error.message));
        const [queue, other] = ids.map((id) => sysvmq.MessageQueue.attach(id, { spin: 0 }));
        if (queue === undefined || other === undefined) throw new Error('two queues are needed');
        const stream = queue.readable({ type: 1 });
        stream.on('data', () => {
          throw new Error('from the listener');
        });
        const ofSameType = new Promise((resolve) => setImmediate(resolve)).then(() => queue.receive({ type: 1 }));
        const received = [ofSameType, queue.receive({ type: 2 }), other.receive()];
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        queue.trySendMany([{ data: 'for the listener' }, { data: 'same type' }, { data: 'another type', type: 2 }]);
        other.trySend('another queue');
        const texts = (await Promise.all(received)).map(({ data }) => data.toString());
        stream.destroy();
        return { uncaught, texts, left: queue.stat().messageCount };
      },
      [queue.id, other.id],
    );
    expect(outcome).toEqual({
      uncaught: ['from the listener'],
      texts: ['same type', 'another type', 'another queue'],
      left: 0,
    });
  });

  itSlow("of 'readable' does not keep close() from ending the rest", async () => {
    const queue = newQueue();
    // Not inChild: a wait that is left would keep the child from ending.
    const child = startChild(async ({ sysvmq, failure }, id) => {
      const uncaught: string[] = [];
      process.on('uncaughtException', (error) => uncaught.push(error.message));
      const queue = sysvmq.MessageQueue.attach(id, { spin: 0 });
      const stream = queue.readable();
      stream.on('readable', () => {
        throw new Error('from the listener');
      });
      await new Promise((resolve) => setImmediate(resolve));
      let code = 'waits forever';
      queue.receive({ type: 5 }).catch((error) => {
        code = error.code;
      });
      const thrown = failure(() => queue.close());
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      return { thrown, code, uncaught };
    }, queue.id);
    expect(await child.result).toEqual({
      thrown: undefined,
      code: 'ERR_QUEUE_CLOSED',
      uncaught: ['from the listener'],
    });
    expect(MessageQueue.attach(queue.id).stat().messageCount).toBe(0);
  });
});
