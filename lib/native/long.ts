/** A kernel long as two halves of 32 bits, because a 64-bit typed array would need a bigint for each value. */

import { asIntN, asUintN, isSafeInteger } from '../core/primordials';

const BITS_PER_HALF = 32;
const BITS = 64;
const TWO_TO_THE_32 = 0x100000000;

/**
 * Writes an integer, unsigned or signed, into the elements `low` and `high`. When it does not fit, returns false and
 * writes nothing.
 */
export function writeLongTo(
  words: Int32Array,
  low: number,
  high: number,
  value: number | bigint,
  unsigned = false,
): boolean {
  if (!unsigned && typeof value === 'number' && (value | 0) === value) {
    words[low] = value;
    // The other half contains only the sign of a 32-bit integer.
    words[high] = value >> 31;
    return true;
  }
  if (typeof value === 'number' && !isSafeInteger(value)) return false;
  const exact = BigInt(value);
  if ((unsigned ? asUintN(BITS, exact) : asIntN(BITS, exact)) !== exact) return false;
  words[low] = Number(asIntN(BITS_PER_HALF, exact));
  words[high] = Number(asIntN(BITS_PER_HALF, exact >> BigInt(BITS_PER_HALF)));
  return true;
}

/** Joins two halves: a bigint if a number cannot hold the value. */
export function joinLong(low: number, high: number): number | bigint {
  if (high === 0 && low >= 0) return low;
  const value = high * TWO_TO_THE_32 + (low >>> 0);
  return isSafeInteger(value) ? value : (BigInt(high) << BigInt(BITS_PER_HALF)) | BigInt(low >>> 0);
}
