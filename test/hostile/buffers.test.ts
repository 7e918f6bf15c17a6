/**
 * Memory that is gone, shared or shrunk, at every call that takes bytes and may wait; the ones that do not are in
 * test/properties/bad-input-payload.test.ts. And memory that changes after the call: what was there at the call is sent.
 */

import type { MessageQueue } from '../../lib/index';
import { RequestClient } from '../../lib/index';
import { fullQueue, newQueue } from '../support/queues';
import { rejectionOf } from '../support/rejection';

// TypeScript has resizable buffers in es2024 only; every Node.js that this library supports has them.
type Resizable = ArrayBuffer & { resize(length: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => Resizable;

type Call = (queue: MessageQueue, data: Buffer) => Promise<unknown>;

const calls: [title: string, call: Call][] = [
  ['send', (queue, data) => queue.send(data)],
  ['sendMany', (queue, data) => queue.sendMany([{ data: 'first' }, { data }])],
  ['trySendMany', async (queue, data) => queue.trySendMany([{ data: 'first' }, { data }])],
  [
    'writable().write',
    (queue, data) =>
      new Promise((resolve, reject) =>
        queue
          .writable()
          .once('error', reject)
          .write(data, (error) => (error ? reject(error) : resolve(undefined))),
      ),
  ],
  ['a request', (queue, data) => new RequestClient(queue).request(data)],
];

function detached(): Buffer {
  const data = Buffer.from(new ArrayBuffer(16));
  structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
  return data;
}

function beyondTheEnd(): Buffer {
  const memory = new ResizableBuffer(16, { maxByteLength: 32 });
  const data = Buffer.from(memory, 8, 4);
  memory.resize(4);
  return data;
}

function lostByTransfer(): Buffer {
  const memory = new ArrayBuffer(16) as ArrayBuffer & { transfer?(): ArrayBuffer };
  const data = Buffer.from(memory);
  // Node.js 20 lacks ArrayBuffer.prototype.transfer.
  if (memory.transfer === undefined) structuredClone(memory, { transfer: [memory] });
  else memory.transfer();
  return data;
}

const bad: [title: string, make: () => Buffer][] = [
  ['memory that was given to another owner', detached],
  ['memory that transfer() has moved', lostByTransfer],
  ['a view beyond the end of memory that has shrunk', beyondTheEnd],
  ['shared memory', () => Buffer.from(new SharedArrayBuffer(16))],
];

describe.each(calls)('%s', (_, call) => {
  it.each(bad)('refuses %s, and sends nothing of it', async (__, make) => {
    const queue = newQueue();
    const error = await rejectionOf(call(queue, make()));
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' });
    // The many-forms send what comes before it, and say so, or nothing at all.
    expect(queue.stat().messageCount).toBe((error['sent'] as number | undefined) ?? 0);
    expect(queue.tryReceive()?.data.toString() ?? 'first').toBe('first');
  });
});

const changes: [title: string, change: (data: Buffer) => void][] = [
  ['overwritten', (data) => data.fill('z')],
  ['shrunk', (data) => (data.buffer as Resizable).resize(0)],
  ['given away', (data) => structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] })],
];

const waiting: [title: string, call: Call][] = [
  ['send', (queue, data) => queue.send(data)],
  ['sendMany', (queue, data) => queue.sendMany([{ data }])],
];

describe.each(waiting)('%s that waits for room', (_, call) => {
  it.each(changes)('sends what was there at the call, though the memory is %s meanwhile', async (__, change) => {
    const queue = fullQueue(10);
    const data = Buffer.from(new ResizableBuffer(4, { maxByteLength: 8 }));
    data.write('good');
    const sent = call(queue, data);
    change(data);
    queue.tryReceive();
    await sent;
    expect(queue.tryReceive()?.data.toString()).toBe('good');
  });
});
