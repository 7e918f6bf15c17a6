/** What reading and writing PHP's serialization have in common: the range of its integers and the keys of its arrays. */

export const INT64_MAX = 2n ** 63n - 1n;
export const INT64_MIN = -(2n ** 63n);

/** A key of a PHP array. A bigint past 2^53 only. */
export type PhpKey = number | bigint | string;

const CANONICAL_INTEGER = /^(0|-?[1-9]\d{0,18})$/;

/**
 * The key that PHP makes of this one: it takes the string "5" for the integer 5, if that is how it would write it.
 * https://www.php.net/manual/en/language.types.array.php
 */
export function arrayKey(key: PhpKey): PhpKey {
  if (typeof key === 'number') return key;
  if (typeof key === 'string' && !CANONICAL_INTEGER.test(key)) return key;
  const integer = BigInt(key);
  // PHP leaves its smallest integer a string.
  if (typeof key === 'string' && (integer <= INT64_MIN || integer > INT64_MAX)) return key;
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}
