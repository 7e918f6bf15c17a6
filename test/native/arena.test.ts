/** The memory in which callers receive messages: what shares a block, and what is set aside for a time without memory. */

import type * as library from '../../lib/native/arena';
import { copyFor, type Machine } from '../support/library-copy';

const KIB = 1024;

const arenaOf = (machine: Machine = {}): typeof library =>
  copyFor(machine, () => require('../../lib/native/arena') as typeof library);

type Allocate = (length: number) => Buffer | undefined;

/** The size of the block that a Buffer is a part of. */
const blockOf = (bytes: Buffer | undefined): number | undefined => bytes?.buffer.byteLength;

/** The offsets at which memory of this length begins in a new block, `count` times, and then in the block after it. */
function offsetsOf(allocate: Allocate, length: number, count: number): number[] {
  const all = Array.from({ length: count + 1 }, () => allocate(length) as Buffer);
  expect(all.map((bytes) => bytes?.length)).toEqual(Array(count + 1).fill(length));
  expect(all.map((bytes) => bytes.buffer === all[0]?.buffer)).toEqual([...Array(count).fill(true), false]);
  return all.map((bytes) => bytes.byteOffset);
}

it.each([0, 1, 64])('memory of %d bytes shares no block', (length) => {
  const { tryNewBytes } = arenaOf();
  expect(tryNewBytes(length)).toHaveLength(length);
  expect(blockOf(tryNewBytes(length))).toBe(length);
});

it.each([
  [65, 32],
  [512, 32],
  [513, 64],
  [2048, 64],
  [2049, 256],
  [16384, 256],
])('memory of %d bytes is a part of a block of %d KiB', (length, blockKib) => {
  const { tryNewBytes } = arenaOf();
  expect(tryNewBytes(length)).toHaveLength(length);
  expect(blockOf(tryNewBytes(length))).toBe(blockKib * KIB);
});

it.each([
  ['memory of one message', 512, 32],
  ['memory of one message', 2048, 64],
  ['memory of one message', 16384, 256],
  ['memory of a batch', 16384, 64],
])('%s of %d bytes fills a block to its last byte', (what, length, blockKib) => {
  const arena = arenaOf();
  const allocate = what === 'memory of a batch' ? arena.tryNewShared : arena.tryNewBytes;
  const count = (blockKib * KIB) / length;
  expect(offsetsOf(allocate, length, count)).toEqual([
    ...Array.from({ length: count }, (_, index) => index * length),
    0,
  ]);
});

it('messages in a block begin at multiples of eight, and the last one may end at any byte', () => {
  const count = Math.floor((32 * KIB - 65) / 72) + 1;
  const offsets = offsetsOf(arenaOf().tryNewBytes, 65, count);
  expect(offsets).toEqual([...Array.from({ length: count }, (_, index) => index * 72), 0]);
});

it.each([16385, 100_000])('memory of %d bytes is a block of its own', (length) => {
  const { tryNewBytes, tryNewShared } = arenaOf();
  expect(tryNewBytes(length)).toHaveLength(length);
  expect(blockOf(tryNewBytes(length))).toBe(length);
  expect(tryNewShared(length)).toHaveLength(length);
  expect(blockOf(tryNewShared(length))).toBe(length);
});

it('a block that messages share cannot be transferred', () => {
  const { tryNewBytes, tryNewShared } = arenaOf();
  const lengths = [tryNewBytes(65), tryNewShared(1), tryNewShared(16385)].map((bytes) => {
    const buffer = bytes?.buffer as ArrayBuffer;
    try {
      structuredClone(buffer, { transfer: [buffer] });
    } catch {
      // Newer Node.js versions throw a DataCloneError, Node.js 20 makes a copy.
    }
    return bytes?.length;
  });
  expect(lengths).toEqual([65, 1, 16385]);
});

it('where memory can be given away nevertheless, nothing is shared', () => {
  const { tryNewBytes, tryNewShared } = arenaOf({ memoryCanBeGivenAway: true });
  expect([64, 65, 513, 2049, 16385].map((length) => blockOf(tryNewBytes(length)))).toEqual([64, 65, 513, 2049, 16385]);
  expect(tryNewShared(65)).toBeUndefined();
});

it('without memory for a block there is none for a message, but for one of up to 64 bytes', () => {
  const { tryNewBytes, tryNewShared } = arenaOf({ hasMemory: () => false });
  expect([65, 513, 2049, 16385].map(tryNewBytes)).toEqual(Array(4).fill(undefined));
  expect([1, 16385].map(tryNewShared)).toEqual(Array(2).fill(undefined));
  expect(tryNewBytes(64)).toHaveLength(64);
});

it('what was set aside serves one message when no memory is left', () => {
  let hasMemory = true;
  const { ensureReserve, newBytes } = arenaOf({ hasMemory: () => hasMemory });
  expect(ensureReserve()).toBe(true);
  hasMemory = false;
  expect(ensureReserve()).toBe(true);
  expect(newBytes(65)).toHaveLength(65);
  expect(ensureReserve()).toBe(false);
  hasMemory = true;
  expect(ensureReserve()).toBe(true);
});

it('with memory left, a message does not use what was set aside', () => {
  const { ensureReserve, newBytes, takeReserve } = arenaOf();
  ensureReserve();
  newBytes(65);
  newBytes(16385);
  // The text of the initial inbox, and what a batch of one record has before it.
  expect(takeReserve().byteLength).toBe(64 * KIB + 16);
});
