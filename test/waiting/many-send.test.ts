/** trySendMany and sendMany: what goes in, in which order, and what an error says of it. */

import {
  type Codec,
  codecs,
  MessageQueue,
  MessageTooLargeError,
  type MessageToSend,
  QueueClosedError,
  QueueRemovedError,
} from '../../lib/index';
import { failure } from '../support/failure';
import { kernelState } from '../support/kernel-state';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';

const toSend = (...texts: string[]): MessageToSend[] => texts.map((data) => ({ data }));
const bytesOf = (messages: { data: Buffer }[]): number[] => messages.map(({ data }) => data.length);
const textsOf = (messages: { data: Buffer }[]): string[] => messages.map(({ data }) => data.toString());

/** A batch goes into native code in pieces of this many bytes. */
const BATCH_BYTES = 64 * 1024;

type SendAll = (queue: MessageQueue, messages: Iterable<MessageToSend>) => Promise<number>;
const ways: [string, SendAll][] = [
  ['trySendMany', async (queue, messages) => queue.trySendMany(messages)],
  ['sendMany', (queue, messages) => queue.sendMany(messages)],
];

describe.each(ways)('%s', (_, sendAll) => {
  it('sends all in order, and returns how many', async () => {
    const queue = newQueue();
    expect(await sendAll(queue, toSend('a', 'b', '', 'd'))).toBe(4);
    expect(textsOf(queue.tryReceiveMany())).toEqual(['a', 'b', '', 'd']);
  });

  it('sends nothing for no messages', async () => {
    const queue = newQueue();
    const before = kernelState();
    expect(await sendAll(queue, [])).toBe(0);
    expect(kernelState()).toBe(before);
  });

  it('gives each its own type, the type of the queue, or one of 64 bits', async () => {
    const queue = newQueue({ type: 9 });
    const types = [2, undefined, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 63n - 1n, 1n, 2 ** 31, 2 ** 32 + 5];
    await sendAll(
      queue,
      types.map((type) => (type === undefined ? { data: 'x' } : { data: 'x', type })),
    );
    const received = queue.tryReceiveMany().map(({ typeBigInt }) => typeBigInt);
    expect(received).toEqual(types.map((type) => BigInt(type ?? 9)));
  });

  it('takes what data may be: text, views and ArrayBuffers', async () => {
    const queue = newQueue();
    const bytes = Buffer.from('bytes').subarray(1, 4);
    await sendAll(queue, [
      { data: 'ä' },
      { data: bytes },
      { data: new Uint16Array([0x6161]) },
      { data: new DataView(Uint8Array.of(0x62).buffer) },
      { data: Uint8Array.of(0x63).buffer },
    ]);
    expect(textsOf(queue.tryReceiveMany())).toEqual(['ä', 'yte', 'aa', 'b', 'c']);
  });

  it('encodes each with the codec', async () => {
    const queue = newQueue({ codec: codecs.json<number>() });
    await sendAll(queue as unknown as MessageQueue, [{ data: 1 }, { data: 2 }] as unknown as MessageToSend[]);
    expect(queue.tryReceiveMany().map(({ data }) => data)).toEqual([1, 2]);
  });

  it('takes a Set, a Map’s values and a generator', async () => {
    const queue = newQueue();
    function* generate(): Generator<MessageToSend> {
      yield { data: 'c' };
      yield { data: 'd' };
    }
    expect(await sendAll(queue, new Set(toSend('a')))).toBe(1);
    expect(await sendAll(queue, new Map([[1, { data: 'b' }]]).values())).toBe(1);
    expect(await sendAll(queue, generate())).toBe(2);
    expect(textsOf(queue.tryReceiveMany())).toEqual(['a', 'b', 'c', 'd']);
  });

  it('copies each value before it asks for the next', async () => {
    const queue = newQueue();
    const shared = Buffer.alloc(1);
    function* generate(): Generator<MessageToSend> {
      for (const letter of 'abc') {
        shared.write(letter);
        yield { data: shared };
      }
    }
    await sendAll(queue, generate());
    shared.write('z');
    expect(textsOf(queue.tryReceiveMany())).toEqual(['a', 'b', 'c']);
  });

  itSlow('sends ten thousand messages, more than go into native code at once', async () => {
    setLimit('msgmnb', 1_000_000);
    const queue = newQueue();
    const texts = Array.from({ length: 10_000 }, (_, number) => `message ${number}`);
    expect(await sendAll(queue, toSend(...texts))).toBe(10_000);
    expect(textsOf(queue.tryReceiveMany({ max: 20_000 }))).toEqual(texts);
  });

  it('sends messages of every size around what goes into native code at once', async () => {
    setLimit('msgmax', 1_000_000);
    setLimit('msgmnb', 3_000_000);
    const queue = newQueue();
    const around = [-65, -64, -63, -17, -16, -15, -1, 0, 1].map((more) => BATCH_BYTES + more);
    const sizes = [0, 1, 200_000, 7, 8, 9, ...around, 5, 65_000, 500, 600, 0, 1_000_000, 3];
    const messages = sizes.map((size, index) => ({ data: Buffer.alloc(size, index), type: index + 1 }));
    expect(await sendAll(queue, messages)).toBe(sizes.length);
    const received = queue.tryReceiveMany();
    expect(bytesOf(received)).toEqual(sizes);
    expect(received.map(({ type }) => type)).toEqual(sizes.map((_, index) => index + 1));
    expect(received.every(({ data }, index) => data.equals(Buffer.alloc(data.length, index)))).toBe(true);
  });

  it.each([
    ['longer than MSGMAX', 8193, 'MSGMAX'],
    ['longer than MSGMAX and than what goes into native code at once', 100_000, 'MSGMAX'],
    ['longer than msg_qbytes', 5000, 'msg_qbytes'],
  ])('stops at a message %s, and says how many went in before it', async (_, length, limit) => {
    const queue = newQueue({ maxBytes: 4000 });
    const messages = [...toSend('a', 'b'), { data: Buffer.alloc(length), type: 5 }, ...toSend('c')];
    const error = await rejectionOf(sendAll(queue, messages));
    expect(error).toBeInstanceOf(MessageTooLargeError);
    expect(error).toMatchObject({ code: 'EINVAL', limit, requested: length, messageType: 5, sent: 2 });
    expect(textsOf(queue.tryReceiveMany())).toEqual(['a', 'b']);
  });

  it('says that none went in when the first can never be sent', async () => {
    const queue = newQueue();
    const error = await rejectionOf(sendAll(queue, [{ data: Buffer.alloc(70_000) }, ...toSend('a')]));
    expect(error).toMatchObject({ name: 'MessageTooLargeError', code: 'EINVAL', sent: 0 });
    expect(queue.stat().messageCount).toBe(0);
  });

  it('fails with a QueueRemovedError for a queue that was removed', async () => {
    const queue = newQueue();
    queue.remove();
    const error = await rejectionOf(sendAll(queue, toSend('a')));
    expect(error).toBeInstanceOf(QueueRemovedError);
    expect(error).toMatchObject({ code: 'EINVAL', syscall: 'msgsnd', sent: 0 });
  });

  it('sends nothing when the iterable throws, which is what it fails with', async () => {
    const queue = newQueue();
    const thrown = new Error('from the generator');
    function* generate(): Generator<MessageToSend> {
      yield { data: 'a' };
      throw thrown;
    }
    expect(await rejectionOf(sendAll(queue, generate()))).toBe(thrown);
    expect(queue.stat().messageCount).toBe(0);
  });

  it('sends nothing when the iterable closes the handle', async () => {
    const queue = newQueue();
    function* generate(): Generator<MessageToSend> {
      yield { data: 'a' };
      queue.close();
      yield { data: 'b' };
    }
    const error = await rejectionOf(sendAll(queue, generate()));
    expect(error).toBeInstanceOf(QueueClosedError);
    expect(error).toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
    expect(MessageQueue.attach(queue.id).stat().messageCount).toBe(0);
  });

  it('sends nothing when the codec throws, and ends the iteration', async () => {
    const thrown = new Error('from the codec');
    const codec: Codec<string> = {
      encode(text) {
        if (text === 'bad') throw thrown;
        return text;
      },
      decode: String,
    };
    const queue = newQueue({ codec });
    let ended = false;
    function* generate(): Generator<{ data: string }> {
      try {
        for (const data of ['a', 'bad', 'b']) yield { data };
      } finally {
        ended = true;
      }
    }
    expect(await rejectionOf(sendAll(queue as unknown as MessageQueue, generate()))).toBe(thrown);
    expect(ended).toBe(true);
    expect(queue.stat().messageCount).toBe(0);
  });

  it.each<[string, unknown]>([
    ['a number', [{ data: 'a' }, { data: 5 }]],
    ['no data', [{ data: 'a' }, {}]],
    ['no object', [{ data: 'a' }, 'b']],
    ['null', [{ data: 'a' }, null]],
    ['an Array', [{ data: 'a' }, ['b']]],
    ['a type that is text', [{ data: 'a' }, { data: 'b', type: '1' }]],
  ])('sends nothing when one is wrong: %s', async (_, messages) => {
    const queue = newQueue();
    const error = await rejectionOf(sendAll(queue, messages as MessageToSend[]));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(queue.stat().messageCount).toBe(0);
  });

  it.each([0, -1, 1.5, NaN, 2 ** 53, 0n, 2n ** 63n])('sends nothing when a type is %p', async (type) => {
    const queue = newQueue();
    const error = await rejectionOf(sendAll(queue, [{ data: 'a' }, { data: 'b', type }]));
    expect(error).toMatchObject({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' });
    expect(queue.stat().messageCount).toBe(0);
  });

  it.each([undefined, null, 5, 'ab', {}, () => [], { [Symbol.iterator]: 5 }])('refuses %p', async (messages) => {
    const error = await rejectionOf(sendAll(newQueue(), messages as unknown as MessageToSend[]));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
  });
});

it('trySendMany throws what sendMany rejects with', () => {
  const queue = newQueue();
  const error = failure(() => queue.trySendMany(5 as unknown as MessageToSend[]));
  expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
});
