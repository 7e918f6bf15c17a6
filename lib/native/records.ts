/** A batch: a row of records, each a message's length, its type, its text, and what is missing to eight bytes. */

import { isSafeInteger } from '../core/primordials';

/** Length and type, eight bytes each, before the text; native/binding/calls.cc has the same. */
export const RECORD_TEXT_OFFSET = 16;
const ALIGNMENT = 8;
/** Which half of a 64-bit word comes first. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;
/** Where the type is in a record, in halves of words. */
const TYPE = 2;
const BYTES_PER_HALF = 4;
const TWO_TO_THE_32 = 0x100000000;

/** Up to here 32-bit arithmetic, which is quicker, will do. */
const MAX_OF_32_BITS = 0x7fffffff - ALIGNMENT;

/** The next multiple of eight. */
export function aligned(offset: number): number {
  if (offset <= MAX_OF_32_BITS) return (offset + ALIGNMENT - 1) & -ALIGNMENT;
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

export function recordBytes(length: number): number {
  return aligned(RECORD_TEXT_OFFSET + length);
}

/** Writes the length and the type of the record at an offset. */
export function writeRecord(words: Int32Array, at: number, length: number, type: number | bigint): void {
  const index = at / BYTES_PER_HALF;
  words[index + LOW] = length;
  words[index + HIGH] = 0;
  if (typeof type === 'bigint') {
    words[index + TYPE + LOW] = Number(BigInt.asIntN(32, type));
    words[index + TYPE + HIGH] = Number(type >> 32n);
  } else {
    words[index + TYPE + LOW] = type;
    words[index + TYPE + HIGH] = type >= 0 && type <= 0x7fffffff ? 0 : Math.floor(type / TWO_TO_THE_32);
  }
}

export function lengthOfRecord(words: Int32Array, at: number): number {
  return words[at / BYTES_PER_HALF + LOW] as number;
}

export function typeOfRecord(words: Int32Array, at: number): number | bigint {
  const low = words[at / BYTES_PER_HALF + TYPE + LOW] as number;
  const high = words[at / BYTES_PER_HALF + TYPE + HIGH] as number;
  if (high === 0 && low >= 0) return low;
  const type = high * TWO_TO_THE_32 + (low >>> 0);
  return isSafeInteger(type) ? type : (BigInt(high) << 32n) | BigInt(low >>> 0);
}
