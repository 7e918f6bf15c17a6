/** Staging, which gathers the messages of a call: what goes in one batch, how it grows, and which memory it uses again. */

import { EAGAIN, EFAULT, EINVAL, ENOMEM } from '../../lib/core/errno';
import type { MessageQueue } from '../../lib/index';
import type * as library from '../../lib/native/staging';
import { Staging as StagingOfTests } from '../../lib/native/staging';
import { copyFor } from '../support/library-copy';
import { setLimit } from '../support/namespace';
import { withCalls } from '../support/other-addon';
import { fullQueue, newQueue } from '../support/queues';

const KIB = 1024;
/** What a batch has room for. */
const BATCH = 64 * KIB;
/** What a record has before its text. */
const HEAD = 16;
const RETAINED = 1024 * KIB;

let staging: library.Staging;
let Staging: typeof library.Staging;
let hasMemory: boolean;

beforeEach(() => {
  hasMemory = true;
  const machine = { hasMemory: () => hasMemory };
  ({ Staging } = copyFor(machine, () => require('../../lib/native/staging') as typeof library));
  staging = new Staging();
  setLimit('msgmax', 4 * BATCH);
  setLimit('msgmnb', 16 * BATCH);
});

/** Bytes whose record has this length. */
const record = (length: number, letter = 'x'): Buffer => Buffer.alloc(length - HEAD, letter);

function stage(...payloads: (string | Uint8Array)[]): void {
  for (const [index, payload] of payloads.entries()) expect(staging.add(index + 1, payload)).toBe(0);
}

/** What is staged from the next message on. */
function left(): { type: number | bigint; text: string }[] {
  const found = [];
  for (let number = staging.count - staging.index; number > 0; number--, staging.skip()) {
    const { type, bytes } = staging.next();
    found.push({ type, text: Buffer.from(bytes).toString() });
  }
  return found;
}

const arrived = (queue: MessageQueue): [number, number][] =>
  queue.tryReceiveMany({ max: 100 }).map(({ type, data }) => [type, data.length]);

const memoryInUse = (): ArrayBufferLike => staging.next().bytes.buffer;

it('messages that fill a batch to the last byte go together', () => {
  const queue = newQueue();
  stage(record(BATCH / 2), record(BATCH / 2));
  expect(staging.send(queue.id)).toEqual({ count: 2, result: 0 });
  expect(staging.index).toBe(2);
  expect(arrived(queue)).toEqual([1, 2].map((type) => [type, BATCH / 2 - HEAD]));
});

it('as many messages as fit a batch go together, and then those after them', () => {
  const queue = newQueue();
  stage(record(BATCH / 2), record(BATCH / 2), record(BATCH), record(32), record(BATCH - 24), 'last');
  const sent = Array.from({ length: 4 }, () => staging.send(queue.id));
  expect(sent).toEqual([2, 1, 1, 2].map((count) => ({ count, result: 0 })));
  expect(staging.index).toBe(6);
  expect(arrived(queue).map(([type]) => type)).toEqual([1, 2, 3, 4, 5, 6]);
});

it('the last batch has only what is left, and nothing of an earlier call', () => {
  const queue = newQueue();
  stage(record(BATCH), ...Array(9).fill('of an earlier call'));
  staging.release();
  staging = new Staging();
  stage(record(BATCH), 'first of the rest', 'last of what is left');
  expect([staging.send(queue.id), staging.send(queue.id)]).toEqual([1, 2].map((count) => ({ count, result: 0 })));
  expect(arrived(queue).map(([type]) => type)).toEqual([1, 2, 3]);
});

it('a message that is too long for a batch stays the next one', () => {
  const queue = newQueue();
  stage('before', Buffer.alloc(BATCH - HEAD + 1, 'y'), 'after');
  expect(staging.send(queue.id)).toEqual({ count: 1, result: 0 });
  expect(staging.send(queue.id)).toEqual({ count: 0, result: 0 });
  expect(staging.next()).toMatchObject({ type: 2, bytes: { length: BATCH - HEAD + 1 } });
  staging.skip();
  expect(staging.send(queue.id)).toEqual({ count: 1, result: 0 });
  expect(arrived(queue).map(([type]) => type)).toEqual([1, 3]);
});

it('messages for which there is no room stay the next ones', () => {
  const queue = newQueue({ maxBytes: 250 });
  stage(...Array(5).fill(Buffer.alloc(100, 'z')));
  expect(staging.send(queue.id)).toEqual({ count: 2, result: EAGAIN });
  expect(staging.index).toBe(2);
  expect(arrived(queue)).toHaveLength(2);
  expect(staging.send(queue.id)).toEqual({ count: 2, result: EAGAIN });
  expect(arrived(queue).map(([type]) => type)).toEqual([3, 4]);
  expect(left()).toEqual([{ type: 5, text: 'z'.repeat(100) }]);
});

it('a full queue takes none of them', () => {
  stage('first', 'second');
  expect(staging.send(fullQueue().id)).toEqual({ count: 0, result: EAGAIN });
  expect(left().map(({ text }) => text)).toEqual(['first', 'second']);
});

it('a batch that the addon refuses stays', () => {
  staging = new StagingOfTests();
  stage('text');
  expect(withCalls({ sendBatch: () => EFAULT }, () => staging.send(1))).toEqual({ count: 0, result: EINVAL });
  expect(left()).toEqual([{ type: 1, text: 'text' }]);
});

it('a batch that the kernel refuses stays, and says why', () => {
  stage('text');
  expect(staging.send(-1)).toEqual({ count: 0, result: EINVAL });
  expect(left()).toEqual([{ type: 1, text: 'text' }]);
});

it('onSent is called for all messages of a batch', () => {
  const calls: unknown[] = [];
  stage('one', 'three', '');
  expect(staging.send(newQueue().id, (type, length) => calls.push([type, length]))).toEqual({ count: 3, result: 0 });
  expect(calls).toEqual([
    [1, 3],
    [2, 5],
    [3, 0],
  ]);
  expect(staging.index).toBe(3);
});

it('onSent is called for each message that went, and for no other', () => {
  const queue = newQueue({ maxBytes: 250 });
  const calls: unknown[] = [];
  stage(...Array(3).fill(Buffer.alloc(100)));
  expect(staging.send(queue.id, (type, length) => calls.push([type, length]))).toEqual({ count: 2, result: EAGAIN });
  expect(calls).toEqual([1, 2].map((type) => [type, 100]));
  expect(staging.index).toBe(2);
});

it('nothing is lost or changed while it grows', () => {
  const texts = Array.from({ length: 300 }, (_, index) => `${index}€`.repeat(1 + ((index * 37) % 500)));
  const payloads = texts.map((text, index) => (index % 2 === 0 ? text : Buffer.from(text)));
  for (const [index, payload] of payloads.entries()) expect(staging.add(2n ** 60n + BigInt(index), payload)).toBe(0);
  expect(left()).toEqual(texts.map((text, index) => ({ type: 2n ** 60n + BigInt(index), text })));
});

it('a message that fits to the last byte does not make it grow', () => {
  stage(record(BATCH));
  expect(memoryInUse().byteLength).toBe(BATCH);
});

it('a text that fits to the last byte does not make it grow', () => {
  stage('€'.repeat((BATCH - HEAD) / 3));
  expect(memoryInUse().byteLength).toBe(BATCH);
});

it('a text whose letters are all of one byte takes as much room as bytes', () => {
  stage('x'.repeat(BATCH - HEAD));
  expect(memoryInUse().byteLength).toBe(BATCH);
  expect(left()).toEqual([{ type: 1, text: 'x'.repeat(BATCH - HEAD) }]);
});

it.each([1, 8, BATCH])('it doubles for the first %d bytes that do not fit', (more) => {
  stage(record(BATCH));
  staging.add(1, Buffer.alloc(more));
  expect(memoryInUse().byteLength).toBe(more === BATCH ? 2 * BATCH + HEAD : 2 * BATCH);
});

it('it grows to the length of a message of more than twice its memory', () => {
  stage('first', Buffer.alloc(3 * BATCH + 1));
  expect(memoryInUse().byteLength).toBe(24 + HEAD + 3 * BATCH + 8);
});

it('without memory a message is not staged, and the others stay', () => {
  stage('first');
  hasMemory = false;
  expect(staging.add(2, Buffer.alloc(BATCH))).toBe(ENOMEM);
  expect(staging.add(2, 'x'.repeat(BATCH))).toBe(ENOMEM);
  stage('second');
  expect(staging.count).toBe(2);
  expect(left().map(({ text }) => text)).toEqual(['first', 'second']);
});

it('a message of more bytes than an int counts is refused', () => {
  // Memory that nothing touches.
  const bytes = Buffer.allocUnsafeSlow(2 ** 31);
  hasMemory = false;
  expect(staging.add(1, bytes)).toBe(EINVAL);
  expect(staging.add(1, bytes.subarray(1))).toBe(ENOMEM);
  expect(staging.count).toBe(0);
});

it('two at once have memory of their own, and what one releases is used again', () => {
  const other = new Staging();
  stage('first');
  other.add(7, 'other');
  expect(left()).toEqual([{ type: 1, text: 'first' }]);
  const { buffer } = other.next().bytes;
  other.release();
  staging = new Staging();
  stage('again');
  expect(memoryInUse()).toBe(buffer);
  expect(left()).toEqual([{ type: 1, text: 'again' }]);
});

it.each([
  [RETAINED, true],
  [RETAINED + 8, false],
])('of %d bytes that are released it uses them again: %p', (length, again) => {
  stage(record(length));
  const before = memoryInUse();
  expect(before.byteLength).toBe(length);
  staging.release();
  staging = new Staging();
  stage('next');
  expect(memoryInUse() === before).toBe(again);
});
