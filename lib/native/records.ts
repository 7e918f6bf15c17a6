/**
 * A batch: a sequence of records, each a message's length, its type, its text, and padding to a multiple of eight
 * bytes.
 */

import { joinLong, writeLongTo } from './long';

/** Length and type, eight bytes each, before the text; native/binding/calls.cc has the same. */
export const RECORD_TEXT_OFFSET = 16;
const ALIGNMENT = 8;
/** The index of the low half of a 64-bit word. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
/** The offset of the type in a record, in 32-bit units. */
const TYPE_LOW = 2 + LOW;
const TYPE_HIGH = 2 + HIGH;
const BYTES_PER_HALF = 4;

/** Up to here the faster 32-bit arithmetic is enough. */
const MAX_OF_32_BITS = 0x7fffffff - ALIGNMENT;

/** The next multiple of eight. */
export function aligned(offset: number): number {
  if (offset <= MAX_OF_32_BITS) return (offset + ALIGNMENT - 1) & -ALIGNMENT;
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

export function recordBytes(length: number): number {
  return aligned(RECORD_TEXT_OFFSET + length);
}

/** Writes the length and the type of the record at an offset. Both are checked: the length fits 31 bits. */
export function writeRecord(words: Int32Array, at: number, length: number, type: number | bigint): void {
  const index = at / BYTES_PER_HALF;
  if ((length | 0) !== length || !writeLongTo(words, index + TYPE_LOW, index + TYPE_HIGH, type)) {
    throw new RangeError(`No record of a batch holds ${length} bytes of type ${type}.`);
  }
  words[index + LOW] = length;
  words[index + HIGH] = 0;
}

export function lengthOfRecord(words: Int32Array, at: number): number {
  return words[at / BYTES_PER_HALF + LOW] as number;
}

/** The slot of its message, in a batch of an airlock. */
export function slotOfRecord(words: Int32Array, at: number): number {
  return words[at / BYTES_PER_HALF + HIGH] as number;
}

export function typeOfRecord(words: Int32Array, at: number): number | bigint {
  const index = at / BYTES_PER_HALF;
  return joinLong(words[index + TYPE_LOW] as number, words[index + TYPE_HIGH] as number);
}
