/** Data that cannot be sent: nothing of it gets to the kernel. And data that looks odd and can be sent. */

import { type Codec, IPC_NOWAIT, MessageQueue, msgrcv, msgsnd } from '../../lib/index';
import { answers, wrongType } from '../support/bad-values';
import { failureOf } from '../support/failure';
import { newQueue } from '../support/queues';

const PAYLOAD = 'of type string or an instance of Buffer, TypedArray, DataView or ArrayBuffer';

// TypeScript has resizable buffers in es2024 only; every Node.js that this library supports has them.
type Resizable = ArrayBuffer & { resize(length: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;

const senders: [title: string, argument: string, send: (data: never) => unknown][] = [
  ['trySend', 'data', (data) => queue.trySend(data)],
  ['sendSync', 'data', (data) => queue.sendSync(data, { nowait: true })],
  ['msgsnd', 'message.mtext', (mtext) => msgsnd(queue.id, { mtype: 1, mtext }, IPC_NOWAIT)],
  ['a send with a codec', 'codec.encode(data)', (data) => MessageQueue.attach(queue.id, { codec }).trySend(data)],
];

const codec: Codec<Buffer> = { encode: (value) => value, decode: (bytes) => bytes };
let queue: MessageQueue;

beforeEach(() => {
  queue = newQueue();
});

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(16);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

/** Views of 4 bytes and more at offset 8 of memory that then has 4 bytes. */
function outOfBounds(): unknown[] {
  const buffer = new ResizableBuffer(16, { maxByteLength: 32 });
  const fixed = [Buffer.from(buffer, 8, 4), new Uint8Array(buffer, 8, 4), new Float64Array(buffer, 8, 1)];
  const tracking = [new Uint8Array(buffer, 8), new Int32Array(buffer, 8), new DataView(buffer, 8)];
  const views = [...fixed, ...tracking, new DataView(buffer, 8, 4), Buffer.from(buffer, 16)];
  buffer.resize(4);
  return views;
}

function detachedViews(): unknown[] {
  const viewed = new ArrayBuffer(16);
  const views = [Buffer.from(viewed), new Uint8Array(viewed), new Uint16Array(viewed), new DataView(viewed)];
  structuredClone(viewed, { transfer: [viewed] });
  return [detached(), ...views];
}

function shared(): unknown[] {
  const memory = new SharedArrayBuffer(16);
  return [memory, Buffer.from(memory), new Uint8Array(memory), new Int32Array(memory, 4), new DataView(memory)];
}

describe.each(senders)('%s', (_, argument, send) => {
  it('refuses what is neither text nor bytes', () => {
    const bytes = Buffer.from('bytes');
    const lookalikes = [{ length: 1, 0: 1 }, { buffer: bytes.buffer }, Object.create(bytes), new Proxy(bytes, {})];
    const others = [undefined, null, 0, 1.5, NaN, 1n, Symbol('symbol'), true, {}, [1, 2], () => 'text', new Date(0)];
    const values = [...others, ...lookalikes, new String('text'), Promise.resolve('text'), new Blob(['text'])];
    expect(answers(send as never, values)).toEqual(wrongType(argument, PAYLOAD, values));
  });

  it('refuses memory that has gone to another owner, instead of sending an empty message', () => {
    const values = detachedViews();
    expect(answers(send as never, values)).toEqual(wrongType(argument, 'backed by memory', values));
  });

  it('refuses views beyond the end of memory that has shrunk', () => {
    const values = outOfBounds();
    expect(answers(send as never, values)).toEqual(wrongType(argument, 'backed by memory', values));
  });

  it('refuses shared memory, which another thread may change meanwhile', () => {
    const values = shared();
    expect(answers(send as never, values)).toEqual(wrongType(argument, 'backed by memory of its own', values));
  });
});

it('the error for memory that is gone says that it is, and takes it for no string', () => {
  const error = failureOf(() => queue.trySend(detached()));
  expect(error.message).toBe(
    'The "data" argument must be backed by memory. Received a detached or out-of-bounds buffer',
  );
});

it('the error for shared memory says what to do, and takes it for no string', () => {
  const error = failureOf(() => queue.trySend(new SharedArrayBuffer(1) as unknown as ArrayBuffer));
  expect(error.message).toBe(
    'The "data" argument must be backed by memory of its own. Received a SharedArrayBuffer: copy it first',
  );
});

const memory = new Uint8Array(24).map((_, index) => index);
const bytesAt = (offset: number, length: number) => Buffer.from(memory.subarray(offset, offset + length));

it.each<[title: string, data: ArrayBuffer | ArrayBufferView, expected: Buffer]>([
  ['an ArrayBuffer', memory.buffer, bytesAt(0, 24)],
  ['a Uint8Array at an offset', memory.subarray(3, 7), bytesAt(3, 4)],
  ['a Uint8ClampedArray', new Uint8ClampedArray(memory.buffer, 1, 2), bytesAt(1, 2)],
  ['an Int8Array', new Int8Array(memory.buffer, 5), bytesAt(5, 19)],
  ['a Uint16Array', new Uint16Array(memory.buffer, 2, 3), bytesAt(2, 6)],
  ['a Float64Array', new Float64Array(memory.buffer, 8, 1), bytesAt(8, 8)],
  ['a BigInt64Array', new BigInt64Array(memory.buffer, 8), bytesAt(8, 16)],
  ['a DataView', new DataView(memory.buffer, 7, 5), bytesAt(7, 5)],
  ['an empty ArrayBuffer', new ArrayBuffer(0), Buffer.alloc(0)],
  ['an empty view at the end', memory.subarray(24), Buffer.alloc(0)],
  ['an empty DataView', new DataView(memory.buffer, 24), Buffer.alloc(0)],
])('%s is sent as the bytes that it covers', (_, data, expected) => {
  queue.trySend(data);
  queue.sendSync(data);
  msgsnd(queue.id, { mtype: 1, mtext: data }, IPC_NOWAIT);
  expect(queue.tryReceive()?.data).toEqual(expected);
  expect(queue.receiveSync({ nowait: true }).data).toEqual(expected);
  expect(msgrcv(queue.id, undefined, 0, IPC_NOWAIT).mtext).toEqual(expected);
});

it('a view that follows the length of its memory is sent as long as it is at the call', () => {
  const buffer = new ResizableBuffer(4, { maxByteLength: 16 });
  const view = new Uint8Array(buffer, 2);
  buffer.resize(12);
  queue.trySend(view);
  queue.trySend(new DataView(buffer, 1));
  expect([queue.tryReceive()?.data.length, queue.tryReceive()?.data.length]).toEqual([10, 11]);
});

it('the real bytes of a buffer are sent, whatever its properties claim', () => {
  const liar = Buffer.from('four');
  const lies = {
    byteLength: 1e6,
    length: 1e6,
    byteOffset: -1,
    buffer: new ArrayBuffer(0),
    [Symbol.toStringTag]: 'Map',
  };
  for (const [name, value] of Object.entries(lies)) Object.defineProperty(liar, name, { value });
  Object.defineProperty(liar, Symbol.toStringTag, { value: 'Float64Array' });
  Object.setPrototypeOf(liar, null);
  queue.trySend(liar);
  expect(queue.tryReceive()?.data.toString()).toBe('four');
});

it('an object that only looks like a Buffer is not taken for one', () => {
  // An object that borrows the prototype of Buffer has none of its memory.
  const impostor = Object.setPrototypeOf({ length: 3, 0: 1, 1: 2, 2: 3 }, Buffer.prototype);
  expect(answers((data) => queue.trySend(data as Buffer), [impostor])).toEqual(wrongType('data', PAYLOAD, [impostor]));
});
