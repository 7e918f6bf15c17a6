/** How `for await` over messages() ends, by hand or by itself, and what it leaves in the queue. */

import {
  AbortError,
  BufferTooSmallError,
  type Codec,
  codecs,
  DecodeError,
  MessageQueue,
  type MessagesOptions,
  QueueClosedError,
  QueueRemovedError,
} from '../../lib/index';
import { inChild, until } from '../support/child';
import { failure } from '../support/failure';
import { LONG_TIMEOUT_MS, times } from '../support/long-tests';
import { newQueue } from '../support/queues';
import { hasSettled, rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

const ended = { done: true, value: undefined };

function queueOf(...sent: string[]): MessageQueue<string> {
  const queue = newQueue({ codec: codecs.utf8, spin: 0 });
  queue.trySendMany(sent.map((data) => ({ data })));
  return queue;
}

/** A queue without a message, and an iteration that waits for one. */
async function waitingIteration(options?: MessagesOptions) {
  const queue = queueOf();
  const iterator = queue.messages(options);
  const next = iterator.next();
  next.catch(() => undefined);
  await untilWaiting('sysvmq-recv', 1);
  return { queue, iterator, next };
}

describe('an iteration that is ended', () => {
  it('by break leaves the rest in the queue, and the handle open', async () => {
    const queue = queueOf('a', 'b', 'c');
    for await (const { data } of queue) {
      expect(data).toBe('a');
      break;
    }
    expect(queue.closed).toBe(false);
    expect(queue.tryReceiveMany().map(({ data }) => data)).toEqual(['b', 'c']);
  });

  it('by an exception in the loop leaves the rest in the queue', async () => {
    const queue = queueOf('a', 'b');
    const error = new Error('from the loop');
    const loop = async (): Promise<void> => {
      for await (const _ of queue) throw error;
    };
    expect(await rejectionOf(loop())).toBe(error);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('by return() has no more messages', async () => {
    const queue = queueOf('a', 'b');
    const iterator = queue.messages();
    await iterator.next();
    expect(await iterator.return?.()).toEqual(ended);
    expect(await iterator.next()).toEqual(ended);
    expect(await iterator.return?.()).toEqual(ended);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('by return() before it began takes nothing', async () => {
    const queue = queueOf('a');
    const iterator = queue.messages();
    expect(await iterator.return?.()).toEqual(ended);
    expect(await iterator.next()).toEqual(ended);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('by throw() rejects with what it was given, and has no more messages', async () => {
    const queue = queueOf('a');
    const iterator = queue.messages();
    const error = new Error('enough');
    expect(await rejectionOf(iterator.throw?.(error) as Promise<unknown>)).toBe(error);
    expect(await iterator.next()).toEqual(ended);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('by return() while next() waits ends both at once, and takes nothing', async () => {
    const { queue, iterator, next } = await waitingIteration();
    const another = iterator.next();
    expect(await iterator.return?.()).toEqual(ended);
    expect(await Promise.all([next, another])).toEqual([ended, ended]);
    queue.trySend('stays');
    expect(await iterator.next()).toEqual(ended);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('by throw() while next() waits ends that', async () => {
    const { iterator, next } = await waitingIteration();
    await rejectionOf(iterator.throw?.(new Error('enough')) as Promise<unknown>);
    expect(await next).toEqual(ended);
  });

  it('by await using has no more messages', async () => {
    const queue = queueOf('a', 'b');
    const iterator = queue.messages();
    expect((await iterator.next()).value?.data).toBe('a');
    await (iterator as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    expect(await iterator.next()).toEqual(ended);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('by return() still has the message that an earlier next() took', async () => {
    const queue = queueOf('a');
    const iterator = queue.messages();
    const next = iterator.next();
    await iterator.return?.();
    expect(await next).toMatchObject({ done: false, value: { data: 'a' } });
  });

  itSlow(
    'by return(), again and again, loses no message that arrives just then',
    async () => {
      const queue = newQueue({ codec: codecs.utf8, spin: 0 });
      let [sent, seen] = [0, 0];
      for (let round = 0; round < times(1_000, 50_000); round++) {
        const iterator = queue.messages();
        const next = iterator.next();
        if (round % 3 === 0 && !(await hasSettled(next))) await untilWaiting('sysvmq-recv', 1);
        const acts = [() => iterator.return?.(), () => (sent += queue.trySend(round % 2 === 0 ? '' : 'a') ? 1 : 0)];
        if (round % 5 < 2) acts.reverse();
        await Promise.all(acts.map((act) => act()));
        if (!(await next).done) seen += 1;
        await until('it was seen, or is in the queue', () => seen + queue.stat().messageCount === sent);
        seen += queue.tryReceiveMany().length;
      }
      expect(seen).toBe(sent);
    },
    LONG_TIMEOUT_MS,
  );
});

describe('an iteration ends by itself', () => {
  it('when the handle is closed while it waits', async () => {
    const { queue, iterator, next } = await waitingIteration();
    queue.close();
    expect(await next).toEqual(ended);
    expect(await iterator.next()).toEqual(ended);
  });

  it('when the handle is closed in its loop, though there are messages', async () => {
    const queue = queueOf('a', 'b');
    const seen: string[] = [];
    for await (const { data } of queue) {
      seen.push(data);
      queue.close();
    }
    expect(seen).toEqual(['a']);
    expect(MessageQueue.attach(queue.id).stat().messageCount).toBe(1);
  });

  it('when the handle was closed before the first next()', async () => {
    const queue = queueOf('a');
    const iterator = queue.messages();
    queue.close();
    expect(await iterator.next()).toEqual(ended);
  });

  itSlow('so that a process with nothing else to do ends', async () => {
    const queue = newQueue();
    const seen = await inChild(async ({ sysvmq }, id) => {
      const queue = sysvmq.MessageQueue.attach(id);
      setTimeout(() => queue.close(), 20);
      let seen = 0;
      for await (const _ of queue) seen += 1;
      return seen;
    }, queue.id);
    expect(seen).toBe(0);
  });
});

describe('an iteration throws', () => {
  it('a QueueRemovedError when the queue is removed while it waits, and ends', async () => {
    const { queue, iterator, next } = await waitingIteration();
    queue.remove();
    const error = await rejectionOf(next);
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EIDRM', syscall: 'msgrcv', queueId: queue.id });
    expect(await iterator.next()).toEqual(ended);
  });

  it('a QueueRemovedError when the queue was removed before it began, and ends', async () => {
    const queue = queueOf('a');
    const iterator = queue.messages();
    queue.remove();
    const error = await rejectionOf(iterator.next());
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EINVAL', syscall: 'msgrcv', queueId: queue.id });
    expect(await iterator.next()).toEqual(ended);
  });

  it('an AbortError with the reason when its signal is aborted while it waits, and ends', async () => {
    const controller = new AbortController();
    const { queue, iterator, next } = await waitingIteration({ signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    const error = await rejectionOf(next);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', syscall: 'msgrcv', queueId: queue.id });
    expect(error.cause).toBe(reason);
    queue.trySend('stays');
    expect(await iterator.next()).toEqual(ended);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('an AbortError when its signal was aborted in its loop, though there are messages', async () => {
    const controller = new AbortController();
    const queue = queueOf('a', 'b');
    const seen: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { data } of queue.messages({ signal: controller.signal })) {
        seen.push(data);
        controller.abort();
      }
    };
    expect(await rejectionOf(loop())).toBeInstanceOf(AbortError);
    expect(seen).toEqual(['a']);
    expect(queue.stat().messageCount).toBe(1);
  });

  it('a BufferTooSmallError for a message longer than maxLength, which stays', async () => {
    const queue = queueOf('four');
    const error = await rejectionOf(queue.messages({ maxLength: 3 }).next());
    expect(error).toBeInstanceOf(BufferTooSmallError);
    expect(error).toMatchObject({ code: 'E2BIG', maxLength: 3 });
    expect(queue.stat().messageCount).toBe(1);
  });

  const picky: Codec<string> = {
    encode: (text) => text,
    decode(bytes) {
      if (bytes.toString() === 'bad') throw new Error('not this one');
      return bytes.toString();
    },
  };

  it('a DecodeError with the message that does not decode; another iteration goes on behind it', async () => {
    const queue = newQueue({ codec: picky });
    queue.trySendMany(['a', 'bad', 'b'].map((data) => ({ data })));
    const seen: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { data } of queue) if (seen.push(data) === 2) break;
    };
    const error = await rejectionOf(loop());
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('bad'), messageType: 1 });
    await loop();
    expect(seen).toEqual(['a', 'b']);
  });

  it('a DecodeError for one next() of several that wait; the others end and take nothing', async () => {
    const queue = newQueue({ codec: picky, spin: 0 });
    const iterator = queue.messages();
    const results = [iterator.next(), iterator.next(), iterator.next()];
    const failed = rejectionOf(results[1] as Promise<unknown>);
    await untilWaiting('sysvmq-recv', 1);
    queue.trySendMany(['a', 'bad', 'b'].map((data) => ({ data })));
    expect(await results[0]).toMatchObject({ value: { data: 'a' } });
    expect(await failed).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE' });
    // The third may have been given its message in the same moment.
    const third = await results[2];
    expect([third?.value?.data, queue.tryReceive()?.data].filter((data) => data !== undefined)).toEqual(['b']);
  });
});

describe('messages() itself', () => {
  it('throws a QueueClosedError for a closed handle', () => {
    const queue = newQueue();
    queue.close();
    expect(failure(() => queue.messages())).toBeInstanceOf(QueueClosedError);
    expect(failure(() => queue[Symbol.asyncIterator]())).toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
  });

  it('throws an AbortError for a signal that is aborted already', () => {
    const queue = queueOf('stays');
    expect(failure(() => queue.messages({ signal: AbortSignal.abort() }))).toBeInstanceOf(AbortError);
    expect(queue.stat().messageCount).toBe(1);
  });

  it.each<[string, unknown, string]>([
    ['a type of 0', { type: 0 }, 'ERR_OUT_OF_RANGE'],
    ['two selectors', { type: 1, except: 2 }, 'ERR_OUT_OF_RANGE'],
    ['a signal that is none', { signal: {} }, 'ERR_INVALID_ARG_TYPE'],
    ['options that are null', null, 'ERR_INVALID_ARG_TYPE'],
    ['options that are an Array', [], 'ERR_INVALID_ARG_TYPE'],
  ])('throws for %s', (_, options, code) => {
    expect(failure(() => newQueue().messages(options as MessagesOptions))).toMatchObject({ code });
  });

  it('leaves no listener on its signal', async () => {
    const controller = new AbortController();
    const listeners = { added: 0, removed: 0 };
    const { addEventListener, removeEventListener } = controller.signal;
    controller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners.added += 1;
      addEventListener.apply(controller.signal, args);
    };
    controller.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners.removed += 1;
      removeEventListener.apply(controller.signal, args);
    };
    const queue = queueOf();
    const iterator = queue.messages({ signal: controller.signal });
    for (let round = 0; round < 20; round++) {
      const next = iterator.next();
      expect(await hasSettled(next)).toBe(false);
      queue.trySend('a');
      await next;
    }
    expect(listeners).toEqual({ added: 20, removed: 20 });
  });
});
