/** Handles that are closed at the wrong moment, and codecs that throw: what has been taken is delivered, and told. */

import { once } from 'node:events';
import { type Codec, DecodeError, MessageQueue, QueueClosedError } from '../../lib/index';
import { failure } from '../support/failure';
import { kernelState } from '../support/kernel-state';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { newReadable, turns } from '../support/streams';
import { untilWaiting } from '../support/waiting-threads';

type Call = (queue: MessageQueue) => unknown;

const closedError = { name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' };
const promising: [string, Call][] = [
  ['send', (queue) => queue.send('x')],
  ['send with options', (queue) => queue.send('x', { type: 2, timeout: 5 })],
  ['sendMany', (queue) => queue.sendMany([{ data: 'x' }])],
  ['receive', (queue) => queue.receive()],
  ['receive with nowait', (queue) => queue.receive({ nowait: true })],
  ['receive with a timeout of 0', (queue) => queue.receive({ timeout: 0 })],
  ['receiveMany', (queue) => queue.receiveMany()],
];
const synchronous: [string, Call][] = [
  ['trySend', (queue) => queue.trySend('x')],
  ['trySendMany', (queue) => queue.trySendMany([{ data: 'x' }])],
  ['trySendMany of nothing', (queue) => queue.trySendMany([])],
  ['sendSync', (queue) => queue.sendSync('x', { timeout: 5 })],
  ['tryReceive', (queue) => queue.tryReceive()],
  ['tryReceiveMany', (queue) => queue.tryReceiveMany()],
  ['receiveSync', (queue) => queue.receiveSync({ timeout: 5 })],
  ['messages', (queue) => queue.messages()],
  ['readable', (queue) => queue.readable()],
  ['writable', (queue) => queue.writable()],
];

describe('on a closed handle', () => {
  function closedHandle(): MessageQueue {
    const { id } = newQueue();
    MessageQueue.attach(id).trySend('stays');
    const queue = MessageQueue.attach(id);
    queue.close();
    return queue;
  }

  it.each(promising)('%s rejects with a QueueClosedError, and does nothing', async (_, call) => {
    const queue = closedHandle();
    const before = kernelState();
    const error = await rejectionOf(call(queue) as Promise<unknown>);
    expect(error).toBeInstanceOf(QueueClosedError);
    expect(error).toMatchObject({ ...closedError, queueId: queue.id });
    expect(kernelState()).toBe(before);
  });

  it.each(synchronous)('%s throws a QueueClosedError, and does nothing', (_, call) => {
    const queue = closedHandle();
    const before = kernelState();
    const error = failure(() => call(queue));
    expect(error).toBeInstanceOf(QueueClosedError);
    expect(error).toMatchObject({ ...closedError, queueId: queue.id });
    expect(kernelState()).toBe(before);
  });
});

describe('close()', () => {
  it('cancels every wait on the handle, and none of other handles', async () => {
    const [full, empty] = [fullQueue(), newQueue({ spin: 0 })];
    const other = MessageQueue.attach(empty.id);
    const failed = [
      full.send('x'),
      full.sendMany([{ data: 'x' }]),
      empty.receive(),
      empty.receive({ type: 5 }),
      empty.receiveMany(),
    ].map(rejectionOf);
    const going = other.receive();
    await untilWaiting('sysvmq-recv', 2);
    full.close();
    empty.close();
    empty.close();
    expect(await Promise.all(failed)).toMatchObject(Array(5).fill(closedError));
    other.trySend('for the other handle');
    expect((await going).data.toString()).toBe('for the other handle');
    await untilWaiting('sysvmq-send', 0);
    expect(MessageQueue.attach(full.id).stat().messageCount).toBe(1);
  });

  itSlow('of a handle with autoRemove cancels with a QueueClosedError, too', async () => {
    for (let round = 0; round < 50; round++) {
      const queue = newQueue({ autoRemove: true, maxBytes: 1 });
      queue.trySend('x');
      const failed = [queue.send('y'), queue.receive({ type: 5 })].map(rejectionOf);
      if (round % 2 === 0) await untilWaiting('sysvmq-send', 1);
      queue.close();
      expect(await Promise.all(failed)).toMatchObject([closedError, closedError]);
    }
  });

  it('when a receive has just resolved leaves it its message', async () => {
    const queue = newQueue();
    const texts: string[] = [];
    const first = queue.receive().then(({ data }) => {
      texts.push(data.toString());
      queue.close();
    });
    const second = rejectionOf(queue.receive({ type: 5 }));
    queue.trySend('a');
    await first;
    expect(texts).toEqual(['a']);
    expect(await second).toMatchObject(closedError);
  });

  it('when a receive was given its message, and its promise has not been seen yet, too', async () => {
    const queue = newQueue();
    queue.trySend('a');
    const received = queue.receive();
    queue.close();
    expect((await received).data.toString()).toBe('a');
  });

  it('in a listener of an AbortSignal that cancels another wait', async () => {
    const queue = newQueue();
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => queue.close());
    const failed = [queue.receive({ signal: controller.signal }), queue.receive()].map(rejectionOf);
    controller.abort();
    expect(await Promise.all(failed)).toMatchObject([{ code: 'ERR_QUEUE_CLOSED' }, { code: 'ERR_QUEUE_CLOSED' }]);
  });

  it('in a listener of "data" cancels the other waits', async () => {
    const queue = newQueue();
    const failed = rejectionOf(queue.receive({ type: 5 }));
    const stream = newReadable(queue);
    stream.on('data', () => queue.close());
    queue.trySend('a');
    await once(stream, 'end');
    expect(await failed).toMatchObject(closedError);
  });
});

describe('a codec that closes the handle', () => {
  const closing = (when: 'encode' | 'decode'): [MessageQueue<string>, Codec<string>] => {
    const codec: Codec<string> = {
      encode(text) {
        if (when === 'encode') queue.close();
        return text;
      },
      decode(bytes) {
        if (when === 'decode') queue.close();
        return bytes.toString();
      },
    };
    const queue = newQueue({ codec, spin: 0 });
    return [queue, codec];
  };

  it('while it encodes sends nothing', async () => {
    for (const call of [
      async (queue: MessageQueue<string>) => queue.trySend('x'),
      async (queue: MessageQueue<string>) => queue.trySendMany([{ data: 'x' }]),
      async (queue: MessageQueue<string>) => queue.sendSync('x'),
      (queue: MessageQueue<string>) => queue.send('x'),
      (queue: MessageQueue<string>) => queue.sendMany([{ data: 'x' }, { data: 'y' }]),
    ]) {
      const [queue] = closing('encode');
      expect(await rejectionOf(call(queue))).toMatchObject(closedError);
      expect(MessageQueue.attach(queue.id).stat().messageCount).toBe(0);
    }
  });

  it('while it decodes a message that was there delivers it', async () => {
    const [queue] = closing('decode');
    queue.trySend('a');
    expect((await queue.receive()).data).toBe('a');
    expect(queue.closed).toBe(true);
  });

  it('while it decodes a message that came delivers it, and cancels the others', async () => {
    const [queue] = closing('decode');
    const other = MessageQueue.attach(queue.id);
    const received = queue.receive();
    const behind = [queue.receive(), queue.receive({ type: 5 })].map(rejectionOf);
    await untilWaiting('sysvmq-recv', 2);
    other.trySendMany([{ data: 'a' }, { data: 'stays' }]);
    expect((await received).data).toBe('a');
    expect(await Promise.all(behind)).toMatchObject([closedError, closedError]);
    await turns();
    expect(other.tryReceiveMany().map(({ data }) => data.toString())).toEqual(['stays']);
  });
});

describe('a codec that throws', () => {
  const thrown = new Error('from the codec');
  const throwing: Codec<string> = {
    encode(text) {
      if (text === 'bad') throw thrown;
      return text;
    },
    decode() {
      throw thrown;
    },
  };

  it('while it encodes sends nothing, and send rejects with what it threw', async () => {
    const queue = newQueue({ codec: throwing });
    expect(await rejectionOf(queue.send('bad'))).toBe(thrown);
    expect(await rejectionOf(queue.sendMany([{ data: 'good' }, { data: 'bad' }]))).toBe(thrown);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('or returns what is no bytes, sends nothing: a TypeError', async () => {
    const queue = newQueue({ codec: { encode: () => 5 as unknown as string, decode: String } });
    const error = await rejectionOf(queue.send('x'));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(queue.stat().messageCount).toBe(0);
  });

  it.each([
    ['was there', true, 'text'],
    ['came', false, 'text'],
    ['came without a byte', false, ''],
  ])('while it decodes a message that %s is a DecodeError with it', async (_, before, text) => {
    const queue = newQueue({ codec: throwing, spin: 0 });
    const raw = MessageQueue.attach(queue.id);
    if (before) raw.trySend(text, { type: 7 });
    const failed = rejectionOf(queue.receive());
    if (!before) {
      await untilWaiting('sysvmq-recv', 1);
      raw.trySend(text, { type: 7 });
    }
    const error = await failed;
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', messageType: 7, raw: Buffer.from(text), cause: thrown });
  });

  it('leaves the next receive in line to get the next message', async () => {
    let decoded = 0;
    const codec: Codec<string> = {
      encode: (text) => text,
      decode(bytes) {
        decoded += 1;
        if (decoded === 1) throw thrown;
        return bytes.toString();
      },
    };
    const queue = newQueue({ codec, spin: 0 });
    const [failed, received] = [rejectionOf(queue.receive()), queue.receive()];
    await untilWaiting('sysvmq-recv', 1);
    queue.trySendMany([{ data: 'a' }, { data: 'b' }]);
    expect(await failed).toMatchObject({ code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('a') });
    expect((await received).data).toBe('b');
  });
});
