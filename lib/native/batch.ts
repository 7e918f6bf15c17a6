/** Many messages in one native call: the slab as a row of records, each its length, its type and its text. */

import { constants } from 'node:os';
import { nativeAddon, Register, readRegister, writeRegister, writeType } from './calls';
import { isSafeInteger, setBytes, typedArrayByteLength } from './intrinsics';
import { readBytesAt, reserveSlab, slabViews } from './slab';

/** Length and type, eight bytes each, before the text; native/binding/calls.cc has the same. */
const HEADER_BYTES = 16;
const TYPE_OFFSET = 8;
const ALIGNMENT = 8;
/** How much of a batch is in the slab at once. A longer message goes by itself. */
export const BATCH_BYTES = 64 * 1024;
/** Which half of a 64-bit word comes first. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
const BYTES_PER_HALF = 4;

export interface BatchItem {
  type: number | bigint;
  bytes: Uint8Array;
}

/** What a native call for many messages came to: for how many, and why not for the next (0: it was not asked for). */
export interface BatchResult {
  count: number;
  result: number;
}

function recordBytes(length: number): number {
  return Math.ceil((HEADER_BYTES + length) / ALIGNMENT) * ALIGNMENT;
}

/** Sends items from `start` on, in order, as many as go into the slab together, until one is not taken. */
export function sendBatch(id: number, items: readonly BatchItem[], start: number): BatchResult {
  const native = nativeAddon();
  if (!reserveSlab(BATCH_BYTES)) return { count: 0, result: -constants.errno.ENOMEM };
  const { bytes, words } = slabViews();
  let at = 0;
  let count = 0;
  for (let index = start; index < items.length; index++) {
    const item = items[index] as BatchItem;
    const length = typedArrayByteLength(item.bytes);
    const next = at + recordBytes(length);
    if (next > BATCH_BYTES) break;
    writeWord(words, at, length);
    writeWord(words, at + TYPE_OFFSET, item.type);
    setBytes(bytes, item.bytes, at + HEADER_BYTES);
    at = next;
    count += 1;
  }
  writeRegister(Register.id, id);
  writeRegister(Register.count, count);
  const sent = native.sendBatch();
  return sent < 0 ? { count: 0, result: sent } : { count: sent, result: readRegister(Register.result) };
}

function writeWord(words: Int32Array, at: number, value: number | bigint): void {
  const index = at / BYTES_PER_HALF;
  if (typeof value === 'bigint') {
    words[index + LOW] = Number(BigInt.asIntN(32, value));
    words[index + HIGH] = Number(value >> 32n);
  } else {
    words[index + LOW] = value;
    words[index + HIGH] = Math.floor(value / 0x100000000);
  }
}

/**
 * Receives up to `max` messages of at most `most` bytes (−1: any length) that match. They are given to `take` one by one,
 * in order, when all have been copied out.
 */
export function receiveBatch(
  id: number,
  type: number | bigint,
  flags: number,
  most: number,
  max: number,
  take: (type: number | bigint, bytes: Buffer) => void,
): BatchResult {
  const native = nativeAddon();
  if (!reserveSlab(BATCH_BYTES)) return { count: 0, result: -constants.errno.ENOMEM };
  writeRegister(Register.id, id);
  writeRegister(Register.flags, flags);
  writeRegister(Register.length, most);
  writeRegister(Register.count, max);
  writeType(type);
  const count = native.receiveBatch();
  const result = readRegister(Register.result);
  const received: { type: number | bigint; bytes: Buffer }[] = [];
  const { words } = slabViews();
  let at = 0;
  for (let index = 0; index < count; index++) {
    const length = words[at / BYTES_PER_HALF + LOW] as number;
    received.push({ type: readType(words, at + TYPE_OFFSET), bytes: readBytesAt(at + HEADER_BYTES, length) });
    at += recordBytes(length);
  }
  for (const each of received) take(each.type, each.bytes);
  return { count, result };
}

function readType(words: Int32Array, at: number): number | bigint {
  const low = words[at / BYTES_PER_HALF + LOW] as number;
  const high = words[at / BYTES_PER_HALF + HIGH] as number;
  const type = high * 0x100000000 + (low >>> 0);
  return isSafeInteger(type) ? type : (BigInt(high) << 32n) | BigInt(low >>> 0);
}
