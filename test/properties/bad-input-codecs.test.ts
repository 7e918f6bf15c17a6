/** Codecs that throw, close the handle, remove the queue or call the library again: no message is lost or torn. */

import { type Codec, codecs, DecodeError, MessageQueue, QueueClosedError, QueueRemovedError } from '../../lib/index';
import { failureOf } from '../support/failure';
import { checkpointRestore } from '../support/kernel-features';
import { kernelState } from '../support/kernel-state';
import { setLimit } from '../support/namespace';
import { itNeeds } from '../support/needs';
import { newQueue } from '../support/queues';

let plain: MessageQueue;

beforeEach(() => {
  plain = newQueue();
});

/** The queue through a codec that does something first. */
function encoding(first: (queue: MessageQueue) => void): MessageQueue {
  const codec: Codec<Buffer> = {
    encode(value) {
      first(queue);
      return value;
    },
    decode: (bytes) => bytes,
  };
  const queue = MessageQueue.attach(plain.id, { codec });
  return queue;
}

function decoding(first: (queue: MessageQueue) => void): MessageQueue {
  const codec: Codec<Buffer> = {
    encode: (value) => value,
    decode(bytes) {
      first(queue);
      return bytes;
    },
  };
  const queue = MessageQueue.attach(plain.id, { codec });
  return queue;
}

const sends: [title: string, send: (queue: MessageQueue) => unknown][] = [
  ['trySend', (queue) => queue.trySend('data')],
  ['sendSync', (queue) => queue.sendSync('data')],
  ['sendSync with nowait', (queue) => queue.sendSync('data', { nowait: true })],
];

it.each(sends)('%s with an encode that closes the handle is a QueueClosedError, and sends nothing', (_, send) => {
  const before = kernelState();
  const error = failureOf(() => send(encoding((queue) => queue.close())));
  expect(error).toBeInstanceOf(QueueClosedError);
  expect(error).toMatchObject({ code: 'ERR_QUEUE_CLOSED', queueId: plain.id });
  expect(kernelState()).toBe(before);
});

it.each(sends)('%s with an encode that removes the queue is a QueueRemovedError', (_, send) => {
  const error = failureOf(() => send(encoding((queue) => queue.remove())));
  expect(error).toBeInstanceOf(QueueRemovedError);
  expect(error).toMatchObject({ code: 'EINVAL', queueId: plain.id });
});

it.each(sends)('%s with an encode that throws throws the same, and sends nothing', (_, send) => {
  const before = kernelState();
  const thrown = new Error('from encode');
  const error = failureOf(() =>
    send(
      encoding(() => {
        throw thrown;
      }),
    ),
  );
  expect(error).toBe(thrown);
  expect(kernelState()).toBe(before);
});

it.each(sends)('%s with an encode that sends keeps both messages whole', (_, send) => {
  send(encoding(() => plain.trySend('the one inside')));
  expect(plain.tryReceive()?.data.toString()).toBe('the one inside');
  expect(plain.tryReceive()?.data.toString()).toBe('data');
});

it('an encode that makes the library take more memory, and give it back, does not tear the message', () => {
  setLimit('msgmax', 3 << 20);
  setLimit('msgmnb', 3 << 20);
  const large = newQueue();
  encoding(() => {
    large.trySend(Buffer.alloc(3 << 20, 'L'));
    large.tryReceive();
  }).trySend('data');
  expect(plain.tryReceive()?.data.toString()).toBe('data');
});

it('a toJSON that closes the handle is a QueueClosedError, and sends nothing', () => {
  const before = kernelState();
  const queue = MessageQueue.attach(plain.id, { codec: codecs.json() });
  expect(() => queue.trySend({ toJSON: () => queue.close() ?? 'closed' })).toThrow(QueueClosedError);
  expect(kernelState()).toBe(before);
});

it.each<[title: string, codec: Codec<unknown>, value: unknown, words: RegExp]>([
  ['json and undefined', codecs.json(), undefined, /^The "data" argument must be something that JSON can write/],
  ['json and a function', codecs.json(), () => 1, /^The "data" argument must be something that JSON can write/],
  ['json and a bigint', codecs.json(), 1n, /BigInt/],
  ['structured and a function', codecs.structured(), () => 1, /could not be cloned/],
  ['structured and a symbol', codecs.structured(), Symbol('symbol'), /could not be cloned/],
])('a value that the codec cannot write is its error, and sends nothing: %s', (_, codec, value, words) => {
  const before = kernelState();
  const queue = MessageQueue.attach<unknown>(plain.id, { codec });
  expect(failureOf(() => queue.trySend(value)).message).toMatch(words);
  expect(failureOf(() => queue.sendSync(value)).message).toMatch(words);
  expect(kernelState()).toBe(before);
});

type Receive = (queue: MessageQueue) => { data: Buffer } | undefined;

function eachReceive(title: string, body: (receive: Receive, takes: boolean) => void): void {
  it(`tryReceive ${title}`, () => body((queue) => queue.tryReceive(), true));
  it(`receiveSync ${title}`, () => body((queue) => queue.receiveSync(), true));
  itNeeds(checkpointRestore, `peek ${title}`, () => body((queue) => queue.peek(), false));
}

eachReceive('with a decode that closes the handle still gives the message', (receive) => {
  plain.trySend('data');
  const queue = decoding((closing) => closing.close());
  expect(receive(queue)?.data.toString()).toBe('data');
  expect(queue.closed).toBe(true);
});

eachReceive('with a decode that removes the queue still gives the message', (receive) => {
  plain.trySend('data');
  expect(receive(decoding((queue) => queue.remove()))?.data.toString()).toBe('data');
});

eachReceive('with a decode that sends and receives gives its own message, whole', (receive, takes) => {
  plain.trySend('the first');
  plain.trySend('the other');
  let inside = '';
  const queue = decoding(() => {
    plain.trySend(Buffer.alloc(5000, 'x'));
    inside = String(plain.tryReceive()?.data);
  });
  expect(receive(queue)?.data.toString()).toBe('the first');
  expect(inside).toBe(takes ? 'the other' : 'the first');
});

eachReceive('with a decode that throws is a DecodeError that has the message', (receive, takes) => {
  plain.trySend('the first', { type: 7 });
  plain.trySend('the other');
  const thrown = new RangeError('from decode');
  const queue = decoding(() => {
    throw thrown;
  });
  const error = failureOf(() => receive(queue));
  expect(error).toBeInstanceOf(DecodeError);
  expect(error).toMatchObject({ code: 'ERR_MESSAGE_DECODE', queueId: plain.id, messageType: 7, cause: thrown });
  expect(String(error['raw'])).toBe('the first');
  expect(plain.stat().messageCount).toBe(takes ? 1 : 2);
});

it.each([undefined, null, 1, 'text', Symbol('symbol'), {}])('a decode may throw anything: %p', (thrown) => {
  plain.trySend('data');
  const queue = decoding(() => {
    throw thrown;
  });
  const error = failureOf(() => queue.tryReceive());
  expect(error).toBeInstanceOf(DecodeError);
  expect(String(error['raw'])).toBe('data');
});
