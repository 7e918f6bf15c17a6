import { serialize } from 'node:v8';
import { type Codec, codecs, DecodeError, MessageQueue, MessageQueueError } from '../../lib/index';
import { classesOf } from '../support/classes';
import { failure } from '../support/failure';
import { newQueue } from '../support/queues';

const notUtf8 = Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62]);
const codecError = new Error('the third field is missing');
const throwingCodec: Codec<unknown> = {
  encode: String,
  decode() {
    throw codecError;
  },
};

/** A handle of a queue that holds one message, of type 7. */
function queueHolding<T>(bytes: Buffer | string, codec: Codec<T>): MessageQueue<T> {
  const { id } = newQueue();
  MessageQueue.attach(id).sendSync(bytes, { type: 7 });
  return MessageQueue.attach(id, { codec });
}

interface Undecodable {
  codecName: string;
  codec: Codec<unknown>;
  bytes: Buffer;
  cause: object;
}

const invalidUtf8 = { name: 'TypeError', message: 'the bytes are not UTF-8' };
const table: Undecodable[] = [
  {
    codecName: 'codecs.json',
    codec: codecs.json(),
    bytes: Buffer.from('{"half":'),
    cause: { name: 'SyntaxError' },
  },
  {
    codecName: 'codecs.json, without a byte',
    codec: codecs.json(),
    bytes: Buffer.alloc(0),
    cause: { name: 'SyntaxError' },
  },
  { codecName: 'codecs.json, not UTF-8', codec: codecs.json(), bytes: notUtf8, cause: invalidUtf8 },
  { codecName: 'codecs.utf8', codec: codecs.utf8 as Codec<unknown>, bytes: notUtf8, cause: invalidUtf8 },
  {
    codecName: 'codecs.structured',
    codec: codecs.structured(),
    bytes: Buffer.from('no header'),
    cause: { message: expect.stringContaining('Unable to deserialize') },
  },
  {
    codecName: 'codecs.structured, cut short',
    codec: codecs.structured(),
    bytes: serialize({ a: [1, 2, 3] }).subarray(0, 9),
    cause: { message: expect.stringContaining('Unable to deserialize') },
  },
  { codecName: 'an own codec that throws', codec: throwingCodec, bytes: Buffer.from('a,b'), cause: codecError },
];

describe('DecodeError', () => {
  it('is ERR_MESSAGE_DECODE, and carries the message whole', () => {
    const queue = queueHolding('a,b', throwingCodec);

    const error = failure(() => queue.tryReceive());

    expect(classesOf(error)).toEqual([DecodeError, MessageQueueError, Error]);
    expect(error).toMatchObject({
      name: 'DecodeError',
      code: 'ERR_MESSAGE_DECODE',
      queueId: queue.id,
      messageType: 7,
      raw: Buffer.from('a,b'),
      message: `A message of type 7 (3 bytes) from queue 0x${queue.key.toString(16)} (id ${queue.id}) does not decode: the third field is missing`,
    });
    expect((error as DecodeError).cause).toBe(codecError);
  });

  it.each<[thrown: unknown, words: string]>([
    ['in words', ': in words'],
    [{ field: 3 }, ': { field: 3 }'],
    [undefined, ': undefined'],
    [
      Object.create(Error.prototype, {
        message: {
          get() {
            throw new Error('no words');
          },
        },
      }),
      '.',
    ],
  ])('says what its codec threw, if that has words: %#', (thrown, words) => {
    const codec: Codec<unknown> = {
      encode: String,
      decode() {
        throw thrown;
      },
    };
    const error = failure(() => queueHolding('a,b', codec).tryReceive()) as DecodeError;
    expect(error.message.split('does not decode')[1]).toBe(words);
    expect(error.cause).toBe(thrown);
  });

  it('names no errno and no call, because none failed', () => {
    const error = failure(() => queueHolding('a,b', throwingCodec).tryReceive()) as DecodeError;
    expect(error.code).toBe('ERR_MESSAGE_DECODE');
    expect(error).not.toHaveProperty('errno');
    expect(error).not.toHaveProperty('syscall');
  });

  it.each(table)('has the bytes and the cause: $codecName', ({ codec, bytes, cause }) => {
    const queue = queueHolding(bytes, codec);

    const error = failure(() => queue.tryReceive()) as DecodeError;

    expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE', messageType: 7, cause });
    expect(error.raw).toEqual(bytes);
  });

  it.each(table)(
    'is thrown for a message that was taken, so that the next one is next: $codecName',
    ({ codec, bytes }) => {
      const queue = queueHolding(bytes, codec);
      MessageQueue.attach(queue.id).sendSync('next', { type: 8 });

      expect(() => queue.receiveSync()).toThrow(DecodeError);

      expect(queue.stat().messageCount).toBe(1);
      expect(MessageQueue.attach(queue.id).tryReceive()?.type).toBe(8);
    },
  );

  it('leaves the message in the queue when peek throws it', () => {
    const queue = queueHolding('{"half":', codecs.json());
    expect(failure(() => queue.peek())).toMatchObject({
      name: 'DecodeError',
      code: 'ERR_MESSAGE_DECODE',
      messageType: 7,
    });
    expect(queue.stat().messageCount).toBe(1);
  });

  it('has bytes of its own, which later messages do not change', () => {
    const queue = queueHolding('first', codecs.json());
    const { raw } = failure(() => queue.tryReceive()) as DecodeError;
    MessageQueue.attach(queue.id).sendSync('other');
    MessageQueue.attach(queue.id).tryReceive();
    expect(raw.toString()).toBe('first');
  });

  it('has the type as a bigint where a number cannot hold it', () => {
    const queue = newQueue({ codec: throwingCodec });
    queue.sendSync('x', { type: 2n ** 62n + 1n });
    expect(failure(() => queue.tryReceive())).toMatchObject({
      name: 'DecodeError',
      code: 'ERR_MESSAGE_DECODE',
      messageType: 2n ** 62n + 1n,
    });
  });

  it('takes what is thrown as its cause, also when that is no Error', () => {
    const codec: Codec<string> = {
      encode: String,
      decode() {
        throw 'just text';
      },
    };
    const error = failure(() => queueHolding('x', codec).tryReceive()) as DecodeError;
    expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE', cause: 'just text' });
    expect(error.message).toMatch(/does not decode: just text$/);
  });

  it('has the cause also when the codec throws undefined', () => {
    const codec: Codec<string> = {
      encode: String,
      decode() {
        throw undefined;
      },
    };
    const error = failure(() => queueHolding('x', codec).tryReceive()) as DecodeError;
    expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE' });
    expect(error.raw.toString()).toBe('x');
  });

  it('is thrown, and the message not lost, whatever the codec throws', () => {
    const codec: Codec<string> = {
      encode: String,
      decode() {
        throw Object.create(null);
      },
    };
    const error = failure(() => queueHolding('x', codec).tryReceive()) as DecodeError;
    expect(error).toMatchObject({ name: 'DecodeError', code: 'ERR_MESSAGE_DECODE' });
    expect(error.raw.toString()).toBe('x');
  });
});
