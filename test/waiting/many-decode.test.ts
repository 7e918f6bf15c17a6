/** Messages that do not decode, among those of one call: none is lost, neither they nor the others. */

import { type Codec, DecodeError, MessageQueue } from '../../lib/index';
import { failureOf } from '../support/failure';
import { setLimit } from '../support/namespace';
import { newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';
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
  it('fails with a DecodeError of the first, which has the others and those that decode', async () => {
    const queue = pickyQueue('a', 'bad 1', 'b', 'bad 2', 'c', 'left');
    const error = await rejectionOf(receiveAll(queue, 5));
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({
      name: 'DecodeError',
      code: 'ERR_MESSAGE_DECODE',
      queueId: queue.id,
      messageType: 2,
      raw: Buffer.from('bad 1'),
      cause: { message: 'cannot read bad 1' },
      messages: [
        { type: 1, data: 'a' },
        { type: 3, data: 'b' },
        { type: 5, data: 'c' },
      ],
      others: [{ messageType: 4, raw: Buffer.from('bad 2'), messages: [], others: [] }],
    });
    expect(queue.tryReceive()?.data).toBe('left');
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

it('a message larger than goes through native code at once may be the one that does not decode', () => {
  setLimit('msgmax', 200_000);
  setLimit('msgmnb', 1_000_000);
  const queue = newQueue({ codec: picky });
  const large = `bad ${'x'.repeat(100_000)}`;
  for (const text of ['a', large, 'b']) queue.sendSync(text);
  const error = failureOf(() => queue.tryReceiveMany());
  expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', raw: Buffer.from(large) });
  expect(error['messages']).toMatchObject([{ data: 'a' }, { data: 'b' }]);
});

it('a hundred thousand messages are all in the error', () => {
  const count = 150_000;
  setLimit('msgmnb', count);
  const queue = newQueue({ codec: picky });
  queue.sendSync('bad');
  const raw = MessageQueue.attach(queue.id);
  expect(raw.trySendMany(Array(count - 1).fill({ data: '' }))).toBe(count - 1);
  const error = failureOf(() => queue.tryReceiveMany({ max: count }));
  expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE', raw: Buffer.from('bad') });
  expect(error['messages']).toHaveLength(count - 1);
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
