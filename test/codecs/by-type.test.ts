/** codecs.byType(): a codec for each type of message. */

import { codecs, DecodeError, MessageQueue } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';

const point = codecs.struct({ x: 'int16', y: 'int16' });

it('each type has its codec, and the type says what the data is', async () => {
  const queue = newQueue({ codec: codecs.byType({ 1: point, 2: codecs.json<{ id: number }>(), 3: codecs.utf8 }) });
  queue.trySend({ x: 1, y: -1 }, { type: 1 });
  await queue.send({ id: 7 }, { type: 2 });
  queue.trySendMany([{ data: 'text', type: 3 }]);
  const seen: unknown[] = [];
  for (const message of await queue.receiveMany()) {
    if (message.type === 1) seen.push(message.data.x);
    else if (message.type === 2) seen.push(message.data.id);
    else seen.push(message.data.toUpperCase());
  }
  expect(seen).toEqual([1, 7, 'TEXT']);
});

it('without another codec a message of another type is a DecodeError, and can not be sent', () => {
  const plain = newQueue();
  const queue = MessageQueue.attach(plain.id, { codec: codecs.byType({ 1: codecs.utf8, 2: codecs.utf8 }) });
  plain.trySend('who am I', { type: 3 });
  const error = failureOf(() => queue.tryReceive()) as DecodeError & Record<string, unknown>;
  expect(error).toBeInstanceOf(DecodeError);
  expect(error.message).toContain('codecs.byType() has types 1, 2 and no other codec');
  expect(error.raw.toString()).toBe('who am I');
  expect(() => queue.trySend('x', { type: 3 })).toThrow(
    /The argument "type" is 3, and codecs.byType\(\) has types 1, 2/,
  );
  expect(plain.stat().messageCount).toBe(0);
});

it('otherwise reads and writes every other type, and gets the type', () => {
  const types: unknown[] = [];
  const other = {
    encode: (value: number, type?: number | bigint) => {
      types.push(type);
      return String(value);
    },
    decode: (bytes: Buffer, type?: number | bigint) => {
      types.push(type);
      return Number(bytes.toString());
    },
  };
  const queue = newQueue({ codec: codecs.byType({ 1: codecs.utf8 }, other) });
  queue.trySend(5, { type: 9 });
  queue.trySend('text');
  queue.trySend(6, { type: 2n ** 60n + 1n });
  expect(queue.tryReceiveMany().map(({ data }) => data)).toEqual([5, 'text', 6]);
  expect(types).toEqual([9, 2n ** 60n + 1n, 9, 2n ** 60n + 1n]);
});

it('types past 2^53 are distinguished exactly', () => {
  const queue = newQueue({
    codec: codecs.byType({ '9007199254740993': codecs.utf8, '9007199254740992': codecs.json<number>() }),
  });
  queue.trySend('text', { type: 9007199254740993n });
  queue.trySend(5, { type: 9007199254740992n });
  expect(queue.tryReceiveMany().map(({ data }) => data)).toEqual(['text', 5]);
});

it('by-type codecs refuse a wrong type and a wrong codec', () => {
  const wrong: [unknown, unknown, RegExp][] = [
    [{ 0: codecs.utf8 }, undefined, /"codecs\.0" is not the type of a message/],
    [{ '-1': codecs.utf8 }, undefined, /"codecs\.-1" is not the type of a message/],
    [{ one: codecs.utf8 }, undefined, /"codecs\.one" is not the type of a message/],
    [{ '1.5': codecs.utf8 }, undefined, /is not the type of a message/],
    [{ '9223372036854775808': codecs.utf8 }, undefined, /is not the type of a message/],
    [{ 1: 'utf8' }, undefined, /"codecs\.1" property must be an object with the functions encode and decode/],
    [{ 1: codecs.utf8 }, {}, /"otherwise" argument must be an object with the functions/],
    [{}, undefined, /has no codec/],
    [null, undefined, /"codecs" argument must be of type object/],
    [[codecs.utf8], undefined, /"codecs" argument must be of type object/],
  ];
  for (const [map, otherwise, words] of wrong) {
    expect(() => codecs.byType(map as never, otherwise as never)).toThrow(words);
  }
});

it('a dead letter, and what a consumer gives back, goes with the type that it came with', async () => {
  const dead = newQueue();
  const queue = newQueue({ codec: codecs.byType({ 5: point, 6: codecs.utf8 }) });
  queue.trySend({ x: 1, y: 2 }, { type: 5 });
  const consumer = queue.consume(
    () => {
      throw new Error('refused');
    },
    { attempts: 1, deadLetter: dead, atMostOnce: true },
  );
  const { type, data } = await dead.receive();
  await consumer.close();
  expect([type, point.decode(data)]).toEqual([5, { x: 1, y: 2 }]);
});
