/** `into`: a message's bytes are written where the caller wants them. */

import { BufferTooSmallError, codecs, type MessageQueue, type TryReceiveOptions } from '../../lib/index';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';

type Receive = (queue: MessageQueue, options: TryReceiveOptions) => Promise<{ data: Buffer; truncated: boolean }>;

describe.each<[name: string, receive: Receive]>([
  ['tryReceive', async (queue, options) => queue.tryReceive(options) as never],
  ['receiveSync', async (queue, options) => queue.receiveSync(options)],
  ['receive', (queue, options) => queue.receive(options)],
])('%s', (_, receive) => {
  it('writes the bytes there, and `data` is a view of them', async () => {
    const queue = newQueue();
    const into = Buffer.alloc(10, '.');
    queue.trySend('hello');
    const { data } = await receive(queue, { into });
    expect(data.toString()).toBe('hello');
    expect(data.buffer).toBe(into.buffer);
    expect(data.byteOffset).toBe(into.byteOffset);
    expect(into.toString()).toBe('hello.....');
  });

  it.each([0, 1, 999, 8192])('takes a message of %i bytes that just fits', async (length) => {
    const queue = newQueue();
    const sent = Buffer.alloc(length, 'x');
    queue.trySend(sent);
    const { data, truncated } = await receive(queue, { into: new Uint8Array(length) });
    expect(data.equals(sent)).toBe(true);
    expect(truncated).toBe(false);
  });

  it('has a view of each message in the same memory, however long the one before was', async () => {
    const queue = newQueue();
    // TypeScript's library knows no resizable memory, and neither does every Node.js.
    const memory = Reflect.construct(ArrayBuffer, [16, { maxByteLength: 32 }]) as ArrayBuffer & {
      resize?(n: number): void;
    };
    const targets = [Buffer.alloc(8), new Uint8Array(8), new Uint8Array(memory, 2)];
    for (const into of targets) {
      for (const text of ['hello', 'world', 'hi', 'hello', '', 'length 8', 'all of 8', 'hi']) {
        queue.trySend(text);
        const { data } = await receive(queue, { into });
        expect(data).toEqual(Buffer.from(text));
        expect([data.buffer, data.byteOffset]).toEqual([into.buffer, into.byteOffset]);
      }
    }
    memory.resize?.(4);
    queue.trySend('hi');
    expect((await receive(queue, { into: targets[2] as Uint8Array })).data).toEqual(Buffer.from('hi'));
  });

  it('leaves a longer message where it is', async () => {
    const queue = newQueue();
    queue.trySend('hello');
    const into = Buffer.alloc(4, '.');
    const outcome = receive(queue, { into });
    await expect(outcome).rejects.toBeInstanceOf(BufferTooSmallError);
    await expect(outcome).rejects.toMatchObject({ maxLength: 4 });
    await expect(outcome).rejects.toThrow(
      'longer than 4 bytes. It is still there: take it into a larger Buffer (into),',
    );
    const smaller = receive(queue, { into: Buffer.alloc(5), maxLength: 3 });
    await expect(smaller).rejects.toThrow('longer than 3 bytes. It is still there: take it with a larger maxLength,');
    expect(into.toString()).toBe('....');
    expect(queue.tryReceive()?.data.toString()).toBe('hello');
  });

  it('cuts a longer message with truncate, at maxLength or where the memory ends', async () => {
    const queue = newQueue();
    queue.trySendMany([{ data: 'hello' }, { data: 'hello' }, { data: 'hey' }]);
    const into = Buffer.alloc(4, '.');
    expect(await receive(queue, { into, truncate: true })).toMatchObject({
      data: Buffer.from('hell'),
      truncated: true,
    });
    expect(await receive(queue, { into, truncate: true, maxLength: 2 })).toMatchObject({ data: Buffer.from('he') });
    expect(await receive(queue, { into, truncate: true })).toMatchObject({
      data: Buffer.from('hey'),
      truncated: false,
    });
  });

  it('refuses memory that is gone, and the message stays', async () => {
    const queue = newQueue();
    queue.trySend('hello');
    const into = new Uint8Array(10);
    structuredClone(into.buffer, { transfer: [into.buffer] });
    await expect(receive(queue, { into })).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
    expect(queue.stat().messageCount).toBe(1);
  });
});

it('memory that goes while a receive waits is refused then, and the message stays', async () => {
  const queue = newQueue();
  const into = new Uint8Array(10);
  const received = queue.receive({ into });
  structuredClone(into.buffer, { transfer: [into.buffer] });
  queue.trySend('hello');
  await expect(received).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_TYPE' });
  expect(queue.stat().messageCount).toBe(1);
});

it('a receive that waits writes there', async () => {
  const queue = newQueue();
  const into = new Uint8Array(new SharedArrayBuffer(8), 2, 5);
  const received = queue.receive({ into, type: 3 });
  queue.trySend('hello', { type: 3 });
  expect((await received).data.toString()).toBe('hello');
  expect(Buffer.from(into).toString()).toBe('hello');
});

it('a codec reads what was written there', () => {
  const queue = newQueue({ codec: codecs.json<{ a: number }>() });
  const into = Buffer.alloc(20);
  queue.trySend({ a: 1 });
  expect(queue.tryReceive({ into })?.data).toEqual({ a: 1 });
  expect(into.toString('utf8', 0, 7)).toBe('{"a":1}');
});

it.each([null, 'text', 5, {}, [], new Uint16Array(4), new ArrayBuffer(8), new DataView(new ArrayBuffer(8))])(
  '%p is no memory to receive into',
  (into) => {
    const error = failureOf(() => newQueue().tryReceive({ into: into as never }));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    expect(error.message).toContain('"select.into" property must be an instance of Buffer or Uint8Array');
  },
);
