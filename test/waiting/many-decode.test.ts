/** Messages that do not decode, among those of one call: none is lost, neither they nor the others. */

import { type Codec, codecs, DecodeError, MessageQueue } from '../../lib/index';
import { failureOf } from '../support/failure';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
import { itSlow } from '../support/slow';
import { untilWaiting } from '../support/waiting-threads';

/** Reads what does not begin with "bad". */
const picky: Codec<string> = {
  encode: (text) => text,
  decode(bytes) {
    const text = bytes.toString();
    if (text.startsWith('bad')) throw new Error(`cannot read ${text}`);
    return text;
  },
};

function pickyQueue(...texts: string[]): MessageQueue<string> {
  const queue = newQueue({ codec: picky, spin: 0 });
  queue.trySendMany(texts.map((data, index) => ({ data, type: index + 1 })));
  return queue;
}

type ReceiveAll = (queue: MessageQueue<string>, max: number) => Promise<unknown>;
const ways: [string, ReceiveAll][] = [
  ['tryReceiveMany', async (queue, max) => queue.tryReceiveMany({ max })],
  ['receiveMany', (queue, max) => queue.receiveMany({ max })],
  [
    'receiveMany that waits',
    async (queue, max) => {
      // Out of the queue and, when it is waited for them, in again.
      const raw = MessageQueue.attach(queue.id);
      const messages = raw.tryReceiveMany();
      const received = queue.receiveMany({ max });
      received.catch(() => undefined);
      await untilWaiting('sysvmq-recv', 1);
      raw.trySendMany(messages);
      return received;
    },
  ],
];

describe.each(ways)('%s of messages of which some do not decode', (_, receiveAll) => {
  it('hands out those that decode; the next call fails with a DecodeError of the first, which has the others', async () => {
    const queue = pickyQueue('a', 'bad 1', 'b', 'bad 2', 'c', 'left');
    expect(await receiveAll(queue, 5)).toMatchObject([
      { type: 1, data: 'a' },
      { type: 3, data: 'b' },
      { type: 5, data: 'c' },
    ]);
    const error = await rejectionOf(queue.receiveMany());
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({
      name: 'DecodeError',
      code: 'ERR_MESSAGE_DECODE',
      queueId: queue.id,
      messageType: 2,
      raw: Buffer.from('bad 1'),
      truncated: false,
      cause: { message: 'cannot read bad 1' },
      others: [{ messageType: 4, raw: Buffer.from('bad 2'), others: [] }],
    });
    expect((await queue.receiveMany()).map(({ data }) => data)).toEqual(['left']);
  });

  it('fails also when it is the only one', async () => {
    const queue = pickyQueue('bad');
    const error = await rejectionOf(receiveAll(queue, 5));
    expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('bad'), messages: [], others: [] });
    expect(queue.stat().messageCount).toBe(0);
  });

  it('goes on with what was sent after them in the next call', async () => {
    const queue = pickyQueue('bad', 'a');
    await rejectionOf(receiveAll(queue, 1));
    expect(await queue.receiveMany()).toMatchObject([{ data: 'a' }]);
  });
});

itSlow('a message larger than goes through native code at once may be the one that does not decode', () => {
  setLimit('msgmax', 200_000);
  setLimit('msgmnb', 1_000_000);
  const queue = newQueue({ codec: picky });
  const large = `bad ${'x'.repeat(100_000)}`;
  for (const text of ['a', large, 'b']) queue.sendSync(text);
  expect(queue.tryReceiveMany()).toMatchObject([{ data: 'a' }, { data: 'b' }]);
  const error = failureOf(() => queue.tryReceiveMany());
  expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', raw: Buffer.from(large) });
});

itSlow('a hundred thousand messages are handed out beside one that does not decode', () => {
  const count = 150_000;
  setLimit('msgmnb', count);
  const queue = newQueue({ codec: picky });
  queue.sendSync('bad');
  const raw = MessageQueue.attach(queue.id);
  expect(raw.trySendMany(Array(count - 1).fill({ data: '' }))).toBe(count - 1);
  expect(queue.tryReceiveMany({ max: count })).toHaveLength(count - 1);
  const error = failureOf(() => queue.tryReceiveMany({ max: count }));
  expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('bad') });
});

it('a codec that closes the handle gets all that the call has taken, and so does the caller', async () => {
  const queue: MessageQueue<string> = newQueue({
    codec: {
      encode: (text) => text,
      decode(bytes) {
        queue.close();
        return bytes.toString();
      },
    },
  });
  queue.trySendMany(['a', 'b'].map((data) => ({ data })));
  const waiting = rejectionOf(queue.receive({ type: 5 }));
  expect(queue.tryReceiveMany().map(({ data }) => data)).toEqual(['a', 'b']);
  expect(await waiting).toMatchObject({ name: 'QueueClosedError', code: 'ERR_QUEUE_CLOSED' });
});

it('a codec that receives takes what the call has not', () => {
  const inner: (string | undefined)[] = [];
  const queue: MessageQueue<string> = newQueue({
    codec: {
      encode: (text) => text,
      decode(bytes) {
        const text = bytes.toString();
        if (text === 'a') inner.push(queue.tryReceive()?.data);
        return text;
      },
    },
  });
  queue.trySendMany(['a', 'b', 'c'].map((data) => ({ data })));
  expect(queue.tryReceiveMany({ max: 2 }).map(({ data }) => data)).toEqual(['a', 'b']);
  expect(inner).toEqual(['c']);
});

describe('onDecodeError', () => {
  const sent = ['a', 'bad 1', 'b', 'bad 2', 'c'];
  const seen: string[] = [];
  const skip = (error: DecodeError) => {
    seen.push(error.raw.toString());
    return 'skip' as const;
  };
  beforeEach(() => seen.splice(0));

  it('receiveMany and tryReceiveMany pass over what it skips', async () => {
    const queue = pickyQueue(...sent);
    expect((await queue.receiveMany({ onDecodeError: skip })).map(({ data }) => data)).toEqual(['a', 'b', 'c']);
    expect(seen).toEqual(['bad 1', 'bad 2']);
    queue.trySend('a');
    expect(queue.tryReceiveMany({ onDecodeError: skip })).toHaveLength(1);
  });

  it('its value is the data of the message, with its type', () => {
    const queue = pickyQueue(...sent);
    const messages = queue.tryReceiveMany({ onDecodeError: ({ raw }) => `? ${raw}` });
    expect(messages.map(({ type, data }) => [type, data])).toEqual([
      [1, 'a'],
      [2, '? bad 1'],
      [3, 'b'],
      [4, '? bad 2'],
      [5, 'c'],
    ]);
  });

  it('what it throws fails the call when nothing else was taken, and hides no message', () => {
    const queue = pickyQueue('bad 1');
    const fail = () => {
      throw new Error('of the hook');
    };
    expect(failureOf(() => queue.tryReceiveMany({ onDecodeError: fail })).message).toBe('of the hook');
    expect(failureOf(() => queue.tryReceiveMany())).toMatchObject({ raw: Buffer.from('bad 1') });
  });

  it('a loop goes on', async () => {
    const queue = pickyQueue(...sent);
    const received: string[] = [];
    for await (const { data } of queue.messages({ onDecodeError: skip })) {
      received.push(data);
      if (data === 'c') break;
    }
    expect(received).toEqual(['a', 'b', 'c']);
  });

  it('a loop that waits is not woken for what is skipped', async () => {
    const queue = pickyQueue();
    const messages = queue.messages({ onDecodeError: skip });
    const next = messages.next();
    await untilWaiting('sysvmq-recv', 1);
    queue.trySendMany(sent.slice(1).map((data) => ({ data })));
    expect(await next).toMatchObject({ value: { data: 'b' } });
    await messages.return?.();
  });

  it('a stream goes on', async () => {
    const queue = pickyQueue(...sent);
    const received: string[] = [];
    const stream = queue.readable({ onDecodeError: skip });
    await new Promise<void>((resolve) => {
      stream.on('data', ({ data }) => {
        received.push(data);
        if (data === 'c') stream.destroy();
      });
      stream.on('close', resolve);
    });
    expect(received).toEqual(['a', 'b', 'c']);
  });

  it('without it an iterator still gives what comes after its error', async () => {
    const queue = pickyQueue('bad', 'a');
    const messages = queue.messages();
    await expect(messages.next()).rejects.toMatchObject({ code: 'ERR_MESSAGE_DECODE' });
    expect(await messages.next()).toMatchObject({ done: false, value: { data: 'a' } });
  });
});

it('an error that nobody has asked for is a warning when the handle is closed', () => {
  const queue = pickyQueue('a', 'bad');
  queue.tryReceiveMany();
  // Jest's process is not the one that emits.
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  queue.close();
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining('does not decode: cannot read bad'), { type: 'DecodeError', code: 'ERR_MESSAGE_DECODE' }],
  ]);
  warn.mockRestore();
});

it('a message that was cut says so', () => {
  const queue = newQueue({ codec: codecs.utf8 });
  queue.trySend('G\u00f6teborg');
  const error = failureOf(() => queue.tryReceive({ maxLength: 2, truncate: true }));
  expect(error).toMatchObject({ name: 'DecodeError', truncated: true, raw: Buffer.from('G\u00f6').subarray(0, 2) });
  expect(error.message).toMatch(/was cut to 2 bytes \(truncate\) and does not decode: the bytes are not UTF-8$/);
  queue.trySend('G\u00f6');
  expect(failureOf(() => queue.tryReceiveMany({ maxLength: 2, truncate: true }))).toMatchObject({ truncated: true });
});

it('a codec is given the type', () => {
  const types: unknown[] = [];
  const queue = newQueue<string>({
    codec: {
      encode(text, type) {
        types.push(type);
        return text;
      },
      decode(bytes, type) {
        types.push(type);
        return bytes.toString();
      },
    },
    type: 3,
  });
  queue.trySend('a');
  queue.trySendMany([{ data: 'b', type: 2n ** 60n }]);
  queue.tryReceive();
  queue.tryReceiveMany();
  expect(types).toEqual([3, 2n ** 60n, 3, 2n ** 60n]);
});
