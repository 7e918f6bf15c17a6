/** AbortSignals at the wrong moment: aborted before, twice, by a timer, by a codec, or when it is too late. */

import { getEventListeners } from 'node:events';
import { AbortError, type Codec, type MessageQueue } from '../../lib/index';
import { failure } from '../support/failure';
import { kernelState } from '../support/kernel-state';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { untilWaiting } from '../support/waiting-threads';

type Call = (queue: MessageQueue, options: { signal: AbortSignal }) => unknown;
const reason = new Error('enough');

const promising: [string, 'msgsnd' | 'msgrcv', Call][] = [
  ['send', 'msgsnd', (queue, options) => queue.send('x', options)],
  ['sendMany', 'msgsnd', (queue, options) => queue.sendMany([{ data: 'x' }], options)],
  ['receive', 'msgrcv', (queue, options) => queue.receive(options)],
  ['receiveMany', 'msgrcv', (queue, options) => queue.receiveMany(options)],
];
const streaming: [string, 'msgsnd' | 'msgrcv', Call][] = [
  ['messages', 'msgrcv', (queue, options) => queue.messages(options)],
  ['readable', 'msgrcv', (queue, options) => queue.readable(options)],
  ['writable', 'msgsnd', (queue, options) => queue.writable(options)],
];

describe('with a signal that is aborted already', () => {
  it.each(promising)('%s rejects with an AbortError, and tries nothing', async (_, syscall, call) => {
    const queue = newQueue();
    queue.trySend('stays');
    const before = kernelState();
    const error = await rejectionOf(call(queue, { signal: AbortSignal.abort(reason) }) as Promise<unknown>);
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', syscall, queueId: queue.id });
    expect(error.cause).toBe(reason);
    expect(kernelState()).toBe(before);
  });

  it.each(streaming)('%s throws an AbortError, and tries nothing', (_, syscall, call) => {
    const queue = newQueue();
    queue.trySend('stays');
    const before = kernelState();
    const error = failure(() => call(queue, { signal: AbortSignal.abort(reason) }));
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', syscall, queueId: queue.id, cause: reason });
    expect(kernelState()).toBe(before);
  });

  it('nothing waits afterwards', async () => {
    const queue = newQueue({ spin: 0 });
    await rejectionOf(queue.receive({ signal: AbortSignal.abort() }));
    await untilWaiting('sysvmq-recv', 0);
    queue.trySend('for the next');
    expect((await queue.receive()).data.toString()).toBe('for the next');
  });
});

/** A wait of each kind, on a handle of its own, with the signal: what it rejects with. */
function waits(signal: AbortSignal): [string, MessageQueue, ReturnType<typeof rejectionOf>][] {
  return promising.map(([name, syscall, call]) => {
    const queue = syscall === 'msgsnd' ? fullQueue() : newQueue({ spin: 0 });
    return [name, queue, rejectionOf(call(queue, { signal }) as Promise<unknown>)];
  });
}

async function expectAborted(all: ReturnType<typeof waits>, cause: unknown): Promise<void> {
  for (const [, queue, rejection] of all) {
    const error = await rejection;
    expect(error).toBeInstanceOf(AbortError);
    expect(error).toMatchObject({ code: 'ABORT_ERR', queueId: queue.id });
    expect(error.cause).toEqual(cause);
  }
  await untilWaiting('sysvmq-send', 0);
  await untilWaiting('sysvmq-recv', 0);
  // Nothing was sent: what fills the queue is all there is.
  for (const [name, queue] of all) expect(queue.stat().messageCount).toBe(name.startsWith('send') ? 1 : 0);
}

describe('every wait is canceled', () => {
  it('by an AbortController that is aborted twice, with the first reason', async () => {
    const controller = new AbortController();
    const all = waits(controller.signal);
    await untilWaiting('sysvmq-send', 2);
    controller.abort(reason);
    controller.abort(new Error('again'));
    await expectAborted(all, reason);
  });

  it('before it has begun to wait in the kernel', async () => {
    const controller = new AbortController();
    const all = waits(controller.signal);
    controller.abort(reason);
    await expectAborted(all, reason);
  });

  it('by AbortSignal.timeout()', async () => {
    await expectAborted(waits(AbortSignal.timeout(20)), expect.objectContaining({ name: 'TimeoutError', code: 23 }));
  });

  it('by AbortSignal.any()', async () => {
    const controller = new AbortController();
    const all = waits(AbortSignal.any([new AbortController().signal, controller.signal]));
    await untilWaiting('sysvmq-send', 2);
    controller.abort(reason);
    await expectAborted(all, reason);
  });

  it('with the reason that AbortController gives when it is given none', async () => {
    const controller = new AbortController();
    const all = waits(controller.signal);
    controller.abort();
    await expectAborted(all, expect.objectContaining({ name: 'AbortError', code: 20 }));
  });

  it.each([null, 0, '', 'text', false])('also when the reason is %p', async (cause) => {
    const controller = new AbortController();
    const all = waits(controller.signal);
    controller.abort(cause);
    await expectAborted(all, cause);
  });
});

describe('a signal that is aborted too late', () => {
  it.each(promising)('changes nothing for %s, and has no listeners left', async (_, syscall, call) => {
    const queue = syscall === 'msgsnd' ? fullQueue(1) : newQueue({ spin: 0 });
    const controller = new AbortController();
    const promise = call(queue, { signal: controller.signal }) as Promise<unknown>;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    if (syscall === 'msgsnd') queue.tryReceive();
    else queue.trySend('x');
    await promise;
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    controller.abort();
    expect(queue.stat().messageCount).toBe(syscall === 'msgsnd' ? 1 : 0);
  });

  it('has no listeners left after a timeout, an error or close()', async () => {
    const { signal } = new AbortController();
    const [queue, removed] = [newQueue(), newQueue()];
    const waits = [queue.receive({ signal }), removed.receive({ signal }), queue.receive({ signal, timeout: 10 })];
    const errors = Promise.all(waits.map(rejectionOf));
    removed.remove();
    await rejectionOf(waits[2] as Promise<unknown>);
    queue.close();
    expect((await errors).map(({ code }) => code)).toEqual(['ERR_QUEUE_CLOSED', expect.any(String), 'ETIMEDOUT']);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('because the codec aborts it when the message is taken: the message is delivered', async () => {
    const controller = new AbortController();
    const codec: Codec<string> = {
      encode: (text) => text,
      decode(bytes) {
        controller.abort();
        return bytes.toString();
      },
    };
    const queue = newQueue({ codec, spin: 0 });
    const received = queue.receive({ signal: controller.signal });
    await untilWaiting('sysvmq-recv', 1);
    queue.trySend('delivered');
    expect((await received).data).toBe('delivered');
  });
});

describe('a signal that the codec aborts while it encodes', () => {
  function abortingQueue(controller: AbortController): MessageQueue<string> {
    const codec: Codec<string> = {
      encode(text) {
        if (text === 'abort') controller.abort(reason);
        return text;
      },
      decode: String,
    };
    return newQueue({ codec, maxBytes: 5 });
  }

  it('cancels a send that would have to wait', async () => {
    const controller = new AbortController();
    const queue = abortingQueue(controller);
    queue.trySend('full!');
    const sent = queue.send('abort', { signal: controller.signal });
    sent.catch(() => undefined);
    await untilWaiting('sysvmq-send', 0);
    expect(await rejectionOf(sent)).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: reason });
    expect(queue.stat().messageCount).toBe(1);
  });

  it('leaves no doubt whether a message was sent for which there is room', async () => {
    const controller = new AbortController();
    const queue = abortingQueue(controller);
    const outcome = await queue.send('abort', { signal: controller.signal }).then(
      () => 1,
      () => 0,
    );
    expect(queue.stat().messageCount).toBe(outcome);
  });
});

it('any number of waits takes one listener of a signal, and gives it back', async () => {
  const queue = newQueue();
  const controller = new AbortController();
  const outcomes = Array.from({ length: 50 }, () =>
    queue.receive({ signal: controller.signal }).then(
      () => 'received',
      ({ code }) => code as string,
    ),
  );
  // Node.js warns of more than ten.
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  for (let count = 0; count < 20; count++) queue.trySend('x');
  await Promise.all(outcomes.slice(0, 20));
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
  controller.abort();
  expect(await Promise.all(outcomes)).toEqual([...Array(20).fill('received'), ...Array(30).fill('ABORT_ERR')]);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});
